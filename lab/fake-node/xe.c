/* Intel from Battlemage on, for Mesa's ANV: what it asks of the kernel driver xe. Requests and queries: <drm/xe_drm.h>. */
#include <drm/xe_drm.h>
#include <errno.h>
#include <string.h>

#include "chips.h"
#include "fake_node.h"

static const struct intel_chip *chip;

static unsigned subslices(void) {
    return chip->slices * chip->subslices;
}

static size_t engines(struct drm_xe_query_engines *answer) {
    static const uint16_t classes[] = {DRM_XE_ENGINE_CLASS_RENDER, DRM_XE_ENGINE_CLASS_COPY, DRM_XE_ENGINE_CLASS_COMPUTE};
    answer->num_engines = sizeof classes / sizeof *classes;
    for (unsigned i = 0; i < answer->num_engines; i++)
        answer->engines[i].instance.engine_class = classes[i];
    return sizeof *answer + answer->num_engines * sizeof answer->engines[0];
}

static size_t regions(struct drm_xe_query_mem_regions *answer) {
    answer->num_mem_regions = chip->memory_gib ? 2 : 1;
    struct drm_xe_mem_region *system = &answer->mem_regions[0], *own = &answer->mem_regions[1];
    system->mem_class = DRM_XE_MEM_REGION_CLASS_SYSMEM;
    system->min_page_size = 4096;
    system->total_size = 16ull << 30;
    if (chip->memory_gib) {
        own->mem_class = DRM_XE_MEM_REGION_CLASS_VRAM;
        own->instance = 1;
        own->min_page_size = 65536;
        own->total_size = own->cpu_visible_size = (uint64_t)chip->memory_gib << 30;
    }
    return sizeof *answer + answer->num_mem_regions * sizeof answer->mem_regions[0];
}

static size_t configuration(struct drm_xe_query_config *answer) {
    answer->num_params = DRM_XE_QUERY_CONFIG_MAX_EXEC_QUEUE_PRIORITY + 1;
    answer->info[DRM_XE_QUERY_CONFIG_REV_AND_DEVICE_ID] = chip->device | (uint64_t)chip->revision << 16;
    answer->info[DRM_XE_QUERY_CONFIG_FLAGS] = chip->memory_gib ? DRM_XE_QUERY_CONFIG_FLAG_HAS_VRAM : 0;
    answer->info[DRM_XE_QUERY_CONFIG_MIN_ALIGNMENT] = chip->memory_gib ? 65536 : 4096;
    answer->info[DRM_XE_QUERY_CONFIG_VA_BITS] = 48;
    answer->info[DRM_XE_QUERY_CONFIG_MAX_EXEC_QUEUE_PRIORITY] = 2;
    return sizeof *answer + answer->num_params * sizeof answer->info[0];
}

static size_t graphics_tiles(struct drm_xe_query_gt_list *answer) {
    answer->num_gt = 1;
    struct drm_xe_gt *tile = &answer->gt_list[0];
    tile->type = DRM_XE_QUERY_GT_TYPE_MAIN;
    tile->reference_clock = 19200000;
    tile->near_mem_regions = chip->memory_gib ? 2 : 1;
    tile->far_mem_regions = chip->memory_gib ? 1 : 0;
    tile->ip_ver_major = (uint16_t)chip->version;
    tile->ip_ver_minor = (uint16_t)chip->release;
    return sizeof *answer + sizeof *tile;
}

/* The firmware's table of (key, length in words, value); keys: Mesa's src/intel/dev/intel_hwconfig_types.h. */
static size_t hardware(uint32_t *answer) {
    enum { MAX_SLICES = 1, MAX_DUAL_SUBSLICES = 2, MAX_UNITS_PER_SUBSLICE = 3, THREADS_PER_UNIT = 15 };
    const uint32_t table[] = {MAX_SLICES,         1, chip->slices, MAX_DUAL_SUBSLICES,     1, subslices(),
                              THREADS_PER_UNIT,   1, chip->threads, MAX_UNITS_PER_SUBSLICE, 1, chip->units};
    memcpy(answer, table, sizeof table);
    return sizeof table;
}

static size_t topology(uint8_t *answer) {
    const struct {
        uint16_t type;
        unsigned bits;
    } masks[] = {{DRM_XE_TOPO_DSS_GEOMETRY, subslices()},
                 {DRM_XE_TOPO_DSS_COMPUTE, subslices()},
                 {DRM_XE_TOPO_L3_BANK, 16},
                 {DRM_XE_TOPO_SIMD16_EU_PER_DSS, chip->units}};
    uint8_t *at = answer;
    for (size_t i = 0; i < sizeof masks / sizeof *masks; i++) {
        struct drm_xe_query_topology_mask *mask = (void *)at;
        const uint64_t bits = (1ull << masks[i].bits) - 1; /* no chip here has 64 of anything */
        mask->type = masks[i].type;
        mask->num_bytes = sizeof bits;
        memcpy(mask->mask, &bits, sizeof bits);
        at += sizeof *mask + sizeof bits;
    }
    return (size_t)(at - answer);
}

/* The only query whose argument says which firmware is meant. */
static int firmware(struct drm_xe_device_query *asked) {
    struct drm_xe_query_uc_fw_version *version = (void *)(uintptr_t)asked->data;
    if (asked->size) {
        version->major_ver = 70;
        version->minor_ver = 44;
    }
    asked->size = sizeof *version;
    return 0;
}

static int query(struct drm_xe_device_query *asked) {
    union {
        struct drm_xe_query_engines engines;
        struct drm_xe_query_mem_regions regions;
        struct drm_xe_query_config configuration;
        struct drm_xe_query_gt_list tiles;
        uint32_t words[1024];
        uint8_t bytes[4096];
    } answer = {.bytes = {0}};
    size_t length;
    switch (asked->query) {
    case DRM_XE_DEVICE_QUERY_ENGINES:
        length = engines(&answer.engines);
        break;
    case DRM_XE_DEVICE_QUERY_MEM_REGIONS:
        length = regions(&answer.regions);
        break;
    case DRM_XE_DEVICE_QUERY_CONFIG:
        length = configuration(&answer.configuration);
        break;
    case DRM_XE_DEVICE_QUERY_GT_LIST:
        length = graphics_tiles(&answer.tiles);
        break;
    case DRM_XE_DEVICE_QUERY_HWCONFIG:
        length = hardware(answer.words);
        break;
    case DRM_XE_DEVICE_QUERY_GT_TOPOLOGY:
        length = topology(answer.bytes);
        break;
    case DRM_XE_DEVICE_QUERY_UC_FW_VERSION:
        return firmware(asked);
    case DRM_XE_DEVICE_QUERY_OA_UNITS:
    case DRM_XE_DEVICE_QUERY_PXP_STATUS:
    case DRM_XE_DEVICE_QUERY_EU_STALL:
    case DRM_XE_DEVICE_QUERY_ENGINE_CYCLES:
        return -ENODEV; /* counters and protected content: not there */
    default:
        complain("DRM_XE_DEVICE_QUERY", asked->query);
        return -EINVAL;
    }
    /* Asked first with no room, for the length. */
    if (asked->size)
        memcpy((void *)(uintptr_t)asked->data, &answer, asked->size < length ? asked->size : length);
    asked->size = (uint32_t)length;
    return 0;
}

static int request(unsigned number, unsigned size, void *argument) {
    (void)size;
    switch (number) {
    case DRM_XE_DEVICE_QUERY:
        return query(argument);
    case DRM_XE_GEM_CREATE: {
        struct drm_xe_gem_create *create = argument;
        create->handle = buffer_new(create->size, NULL);
        return create->handle ? 0 : -ENOMEM;
    }
    case DRM_XE_GEM_MMAP_OFFSET: {
        struct drm_xe_gem_mmap_offset *map = argument;
        uint64_t offset;
        if (buffer_find(map->handle, &offset, NULL))
            return -ENOENT;
        map->offset = offset;
        return 0;
    }
    case DRM_XE_VM_CREATE:
        ((struct drm_xe_vm_create *)argument)->vm_id = new_number();
        return 0;
    case DRM_XE_EXEC_QUEUE_CREATE:
        ((struct drm_xe_exec_queue_create *)argument)->exec_queue_id = new_number();
        return 0;
    case DRM_XE_OBSERVATION:
        return -EINVAL;
    case DRM_XE_EXEC_QUEUE_GET_PROPERTY:
        ((struct drm_xe_exec_queue_get_property *)argument)->value = 0; /* not banned */
        return 0;
    case DRM_XE_VM_DESTROY:
    case DRM_XE_VM_BIND:
    case DRM_XE_EXEC_QUEUE_DESTROY:
    case DRM_XE_EXEC:
    case DRM_XE_WAIT_USER_FENCE:
    case DRM_XE_MADVISE:
        return 0;
    default:
        return UNKNOWN;
    }
}

int xe_gpu(const char *name, struct gpu *gpu) {
    for (chip = intel_chips; chip->name; chip++) {
        if (!strcmp(chip->name, name) && !strcmp(chip->driver, "xe")) {
            *gpu = (struct gpu){"xe", {1, 1, 0}, 0x8086, chip->device, chip->revision, request};
            return 1;
        }
    }
    return 0;
}
