/* Every chip on a line of its own, which begins with its name and kernel driver: lab/root and the `lab` program read that. An entry
 * without a name ends each table.
 *
 * Sources: PCI ids from the PCI ID Repository, unit counts from the makers' white papers and data sheets, object classes from
 * NVIDIA's open-gpu-doc, AMD families from the kernel's amdgpu_family.h as Mesa's src/amd/common/amd_family.h repeats them. */
#include "chips.h"

const struct nvidia_chip nvidia_chips[] = {
    /* name, driver, chipset, PCI id, graphics, compute, copy, GPCs, TPCs, GiB */
    {"tu102", "nouveau", 0x162, 0x1e04, 0xc597, 0xc5c0, 0xc5b5, 6, 34, 11},  /* GeForce RTX 2080 Ti */
    {"ga100", "nouveau", 0x170, 0x20b0, 0xc697, 0xc6c0, 0xc6b5, 7, 54, 40},  /* A100-SXM4-40GB */
    {"ga102", "nouveau", 0x172, 0x2204, 0xc797, 0xc7c0, 0xc7b5, 7, 41, 24},  /* GeForce RTX 3090 */
    {"ad102", "nouveau", 0x192, 0x2684, 0xc997, 0xc9c0, 0xc7b5, 11, 64, 24}, /* GeForce RTX 4090 */
    {"gh100", "nouveau", 0x180, 0x2330, 0xcb97, 0xcbc0, 0xc8b5, 8, 66, 80},  /* H100 80GB HBM3 */
    {"gb202", "nouveau", 0x1b2, 0x2b85, 0xce97, 0xcec0, 0xcab5, 11, 85, 32}, /* GeForce RTX 5090 */
    {0},
};

const struct intel_chip intel_chips[] = {
    /* name, driver, PCI id, revision, slices, subslices, units, GiB, version, release, threads */
    {"dg2", "i915", 0x56a0, 8, 8, 4, 16, 16, 12, 55, 8}, /* Arc A770 */
    {"bmg", "xe", 0xe20b, 8, 5, 4, 8, 12, 20, 1, 8},     /* Arc B580 */
    {"ptl", "xe", 0xb080, 8, 3, 4, 8, 0, 30, 0, 8},      /* Panther Lake, integrated */
    {0},
};

const struct amd_chip amd_chips[] = {
    /* name, driver, PCI id, revision, family, external, major, minor, discovery, engines, arrays, units, wave, registers, address, GiB, TCCs, RBs */
    {"mi100", "amdgpu", 0x738c, 0x01, 141, 0x32, 9, 4, 0x090401, 8, 1, 15, 64, 512, 0x2a114042, 32, 32, 0},    /* Instinct MI100 */
    {"mi200", "amdgpu", 0x7408, 0x00, 141, 0x3c, 9, 4, 0x090402, 8, 1, 14, 64, 512, 0x2a114042, 64, 32, 0},    /* Instinct MI250X */
    {"gfx942", "amdgpu", 0x74a1, 0x00, 141, 0x46, 9, 4, 0x090403, 4, 1, 10, 64, 512, 0x2a114042, 192, 16, 0},  /* Instinct MI300X, one partition */
    {"navi21", "amdgpu", 0x73bf, 0xc0, 143, 0x28, 10, 3, 0x0a0300, 4, 2, 10, 32, 1024, 0x00000545, 16, 16, 16}, /* Radeon RX 6900 XT */
    {"navi31", "amdgpu", 0x744c, 0xc8, 145, 0x01, 11, 0, 0x0b0000, 6, 2, 8, 32, 1536, 0x00000545, 24, 24, 24},  /* Radeon RX 7900 XTX */
    {"gfx1201", "amdgpu", 0x7550, 0xc0, 152, 0x51, 12, 0, 0x0c0001, 4, 2, 8, 32, 1536, 0x08200545, 16, 32, 16}, /* Radeon RX 9070 XT */
    {0},
};
