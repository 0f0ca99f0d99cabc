/* The chips, by kernel driver. */
#pragma once
#include <stdint.h>

struct nvidia_chip {
    const char *name, *driver;
    unsigned chipset;                     /* NV_PMC_BOOT_0: architecture and implementation */
    unsigned device;                      /* PCI id of a card with this chip */
    unsigned graphics, compute, copy;     /* object classes, from NVIDIA's open class headers */
    unsigned gpcs, tpcs;                  /* graphics and texture processing clusters; two SMs in a TPC */
    unsigned memory_gib;
};

struct intel_chip {
    const char *name, *driver;
    unsigned device, revision;
    unsigned slices, subslices, units;    /* subslices in a slice, execution units (vector engines) in a subslice */
    unsigned memory_gib;                  /* of its own; 0 where it shares the machine's */
    unsigned version, release;            /* of the graphics IP */
    unsigned threads;                     /* hardware threads of an execution unit */
};

struct amd_chip {
    const char *name, *driver;
    unsigned device, revision;
    unsigned family, external;            /* amdgpu_family.h: family, revision id within it */
    unsigned major, minor, discovery;     /* of the graphics IP; as 0xMMmmrr from IP discovery */
    unsigned engines, arrays, units;      /* shader engines, arrays in one, compute units in an array */
    unsigned wave, registers;             /* lanes of a wave, vector registers of a SIMD */
    unsigned address_config;              /* GB_ADDR_CONFIG: addrlib refuses impossible ones */
    unsigned memory_gib, tccs, backends;
};

extern const struct nvidia_chip nvidia_chips[];
extern const struct intel_chip intel_chips[];
extern const struct amd_chip amd_chips[];
