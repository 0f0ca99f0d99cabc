/* What this processor does by itself, on all cores: multiply-adds in registers, and STREAM's operations over 64 MiB arrays.
 * Prints a name and a figure in G/s a line. cc -O3 -march=native -ffp-contract=fast -fopenmp cpu.c */
#include <omp.h>
#include <stdio.h>
#include <stdlib.h>

/* A vector register of eight floats, and as many chains as hide a multiply-add's latency on two units. */
typedef float lanes __attribute__((vector_size(32)));
enum { CHAINS = 12, STEPS = 20 * 1000 * 1000, ROUNDS = 7 };

static double multiply_adds(void) {
    double best = 1e9, sink = 0;
    for (int round = 0; round < ROUNDS; round++) {
        int threads = 0;
        double start = omp_get_wtime();
#pragma omp parallel reduction(+ : sink, threads)
        {
            lanes x[CHAINS], factor = {0}, addend = {0};
            factor += 0.999f;
            addend += 0.001f;
            for (int chain = 0; chain < CHAINS; chain++) x[chain] = addend * (float)chain;
            for (long step = 0; step < STEPS; step++)
#pragma GCC unroll 12
                for (int chain = 0; chain < CHAINS; chain++) x[chain] = x[chain] * factor + addend;
            for (int chain = 0; chain < CHAINS; chain++) sink += x[chain][0];
            threads = 1;
        }
        double each = (omp_get_wtime() - start) / threads;
        if (each < best) best = each;
    }
    /* Without the sum's being used, nothing would be computed. */
    if (sink == 0.123) puts("");
    return 2.0 * 8 * CHAINS * (double)STEPS / best / 1e9;
}

enum { LENGTH = 1 << 24 };
static float *a, *b, *c;

static double pass(int kind) {
    double best = 1e9;
    for (int round = 0; round < ROUNDS; round++) {
        float sum = 0;
        double start = omp_get_wtime();
        if (kind == 0) {
#pragma omp parallel for simd reduction(+ : sum)
            for (long i = 0; i < LENGTH; i++) sum += b[i];
            a[0] = sum;
        } else if (kind == 1) {
#pragma omp parallel for simd
            for (long i = 0; i < LENGTH; i++) a[i] = b[i];
        } else {
#pragma omp parallel for simd
            for (long i = 0; i < LENGTH; i++) a[i] = b[i] + 0.5f * c[i];
        }
        double seconds = omp_get_wtime() - start;
        if (seconds < best) best = seconds;
    }
    return (kind + 1.0) * 4 * LENGTH / best / 1e9;
}

int main(void) {
    float **arrays[] = {&a, &b, &c};
    for (int i = 0; i < 3; i++) {
        *arrays[i] = aligned_alloc(64, sizeof(float) * LENGTH);
        if (!*arrays[i]) return fputs("no memory\n", stderr), 1;
#pragma omp parallel for
        for (long k = 0; k < LENGTH; k++) (*arrays[i])[k] = (float)(k * 2654435761u % 1000);
    }
    printf("multiply-adds %.2f\n", multiply_adds());
    const char *names[] = {"read", "copy", "triad"};
    for (int kind = 0; kind < 3; kind++) printf("%s %.2f\n", names[kind], pass(kind));
    return 0;
}
