/* What the mechanism (node.c) and the kernel drivers (nouveau.c, i915.c, xe.c, amdgpu.c) know of each other. */
#pragma once
#include <stdint.h>

/* The GPU behind the node: what its files below /sys say, and who answers its requests. */
struct gpu {
    const char *driver;          /* name of the kernel driver */
    int version[3];              /* its interface: major, minor, patch level */
    unsigned vendor, device;     /* PCI ids */
    unsigned revision;           /* PCI revision: AMD's names of cards depend on it */
    /* Answers request `number` (counted from DRM_COMMAND_BASE) with `size` bytes at `argument`: 0, a negative errno, or
     * UNKNOWN where the driver has never heard of it. */
    int (*request)(unsigned number, unsigned size, void *argument);
};

#define UNKNOWN (-1000)

/* Each kernel driver looks for `chip` among its own; false where it is not one of them. */
int nouveau_gpu(const char *chip, struct gpu *gpu);
int i915_gpu(const char *chip, struct gpu *gpu);
int xe_gpu(const char *chip, struct gpu *gpu);
int amdgpu_gpu(const char *chip, struct gpu *gpu);

/* A new buffer object of at least `size` bytes; its offset for mmap (and its address, where the driver wants one) to `offset`
 * unless that is null. Zero is no handle. */
uint32_t buffer_new(uint64_t size, uint64_t *offset);
/* Offset and size of a buffer object; 0 or -ENOENT. */
int buffer_find(uint32_t handle, uint64_t *offset, uint64_t *size);

/* A fresh number for a context, an address space, a queue. */
uint32_t new_number(void);

/* Complains about something that a driver file has no answer to: what of it, which number. */
void complain(const char *what, unsigned long number);
