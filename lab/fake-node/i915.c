/* Intel up to Alchemist, for Mesa's ANV: what it asks of the kernel driver i915. Requests and parameters: <drm/i915_drm.h>. */
#include <drm/i915_drm.h>
#include <errno.h>
#include <string.h>

#include "chips.h"
#include "fake_node.h"

static const struct intel_chip *chip;

static int parameter(drm_i915_getparam_t *asked) {
    unsigned subslices = chip->slices * chip->subslices;
    switch (asked->param) {
    case I915_PARAM_CHIPSET_ID:
        *asked->value = (int)chip->device;
        return 0;
    case I915_PARAM_REVISION:
        *asked->value = (int)chip->revision;
        return 0;
    case I915_PARAM_CS_TIMESTAMP_FREQUENCY:
        *asked->value = 19200000;
        return 0;
    case I915_PARAM_HAS_ALIASING_PPGTT:
        *asked->value = 3; /* 48 bits of address */
        return 0;
    case I915_PARAM_CMD_PARSER_VERSION:
        *asked->value = 10;
        return 0;
    case I915_PARAM_MMAP_VERSION:
    case I915_PARAM_MMAP_GTT_VERSION:
        *asked->value = 4;
        return 0;
    case I915_PARAM_SUBSLICE_TOTAL:
        *asked->value = (int)subslices;
        return 0;
    case I915_PARAM_EU_TOTAL:
        *asked->value = (int)(subslices * chip->units);
        return 0;
    case I915_PARAM_SLICE_MASK:
        *asked->value = (1 << chip->slices) - 1;
        return 0;
    case I915_PARAM_SUBSLICE_MASK:
        *asked->value = (1 << chip->subslices) - 1;
        return 0;
    case I915_PARAM_PERF_REVISION:
        *asked->value = 7;
        return 0;
    case I915_PARAM_NUM_FENCES_AVAIL:
        *asked->value = 8;
        return 0;
    case I915_PARAM_HAS_LLC:
        *asked->value = 0;
        return 0;
    default:
        *asked->value = 1; /* all others ask whether a feature is there */
        return 0;
    }
}

static void set_bits(uint8_t *mask, unsigned count) {
    for (unsigned i = 0; i < count; i++)
        mask[i / 8] |= (uint8_t)(1 << i % 8);
}

/* From Xe-HP on the kernel says one slice with all the subslices. Returns the length. */
static int topology(struct drm_i915_query_topology_info *answer) {
    unsigned subslices = chip->slices * chip->subslices, stride = (subslices + 7) / 8, unit_stride = (chip->units + 7) / 8;
    answer->max_slices = 1;
    answer->max_subslices = (uint16_t)subslices;
    answer->max_eus_per_subslice = (uint16_t)chip->units;
    answer->subslice_offset = 1;
    answer->subslice_stride = (uint16_t)stride;
    answer->eu_offset = (uint16_t)(1 + stride);
    answer->eu_stride = (uint16_t)unit_stride;
    set_bits(answer->data, 1);
    set_bits(answer->data + 1, subslices);
    for (unsigned i = 0; i < subslices; i++)
        set_bits(answer->data + answer->eu_offset + i * unit_stride, chip->units);
    return (int)(sizeof *answer + answer->eu_offset + subslices * unit_stride);
}

static int engines(struct drm_i915_query_engine_info *answer) {
    static const uint16_t classes[] = {I915_ENGINE_CLASS_RENDER, I915_ENGINE_CLASS_COPY, I915_ENGINE_CLASS_COMPUTE};
    answer->num_engines = sizeof classes / sizeof *classes;
    for (unsigned i = 0; i < answer->num_engines; i++)
        answer->engines[i].engine.engine_class = classes[i];
    return (int)(sizeof *answer + answer->num_engines * sizeof answer->engines[0]);
}

static int regions(struct drm_i915_query_memory_regions *answer) {
    const uint64_t sizes[] = {16ull << 30, (uint64_t)chip->memory_gib << 30};
    answer->num_regions = chip->memory_gib ? 2 : 1;
    for (unsigned i = 0; i < answer->num_regions; i++) {
        struct drm_i915_memory_region_info *region = &answer->regions[i];
        region->region.memory_class = (uint16_t)i; /* system memory, then the device's own */
        region->probed_size = region->unallocated_size = sizes[i];
        region->probed_cpu_visible_size = region->unallocated_cpu_visible_size = sizes[i];
    }
    return (int)(sizeof *answer + answer->num_regions * sizeof answer->regions[0]);
}

/* Asked first with no room, for the length. */
static void query(struct drm_i915_query_item *item) {
    union {
        struct drm_i915_query_topology_info topology;
        struct drm_i915_query_engine_info engines;
        struct drm_i915_query_memory_regions regions;
        uint8_t bytes[4096];
    } answer = {.bytes = {0}};
    int length;
    switch (item->query_id) {
    case DRM_I915_QUERY_TOPOLOGY_INFO:
    case DRM_I915_QUERY_GEOMETRY_SUBSLICES:
        length = topology(&answer.topology);
        break;
    case DRM_I915_QUERY_ENGINE_INFO:
        length = engines(&answer.engines);
        break;
    case DRM_I915_QUERY_MEMORY_REGIONS:
        length = regions(&answer.regions);
        break;
    default:
        length = -EINVAL; /* what the kernel says to a query that it does not have */
    }
    if (length > 0 && item->length >= length)
        memcpy((void *)(uintptr_t)item->data_ptr, &answer, (size_t)length);
    else if (item->length)
        length = -EINVAL;
    item->length = length;
}

static int new_buffer(uint64_t size, uint32_t *handle) {
    *handle = buffer_new(size, NULL);
    return *handle ? 0 : -ENOMEM;
}

static int request(unsigned number, unsigned size, void *argument) {
    switch (number) {
    case DRM_I915_GETPARAM:
        return parameter(argument);
    case DRM_I915_QUERY: {
        struct drm_i915_query *asked = argument;
        struct drm_i915_query_item *items = (void *)(uintptr_t)asked->items_ptr;
        for (unsigned i = 0; i < asked->num_items; i++)
            query(&items[i]);
        return 0;
    }
    case DRM_I915_GEM_CREATE: {
        struct drm_i915_gem_create *create = argument;
        return new_buffer(create->size, &create->handle);
    }
    case DRM_I915_GEM_CREATE_EXT: {
        struct drm_i915_gem_create_ext *create = argument;
        create->size = (create->size + 0xffff) & ~0xffffull;
        return new_buffer(create->size, &create->handle);
    }
    case DRM_I915_GEM_USERPTR: {
        struct drm_i915_gem_userptr *pointer = argument;
        return new_buffer(pointer->user_size, &pointer->handle);
    }
    case DRM_I915_GEM_MMAP_GTT: { /* also DRM_IOCTL_I915_GEM_MMAP_OFFSET */
        struct drm_i915_gem_mmap_offset *map = argument;
        uint64_t offset;
        if (size < sizeof *map || buffer_find(map->handle, &offset, NULL))
            return -ENOENT;
        map->offset = offset;
        return 0;
    }
    case DRM_I915_GEM_CONTEXT_CREATE:
        ((struct drm_i915_gem_context_create *)argument)->ctx_id = new_number();
        return 0;
    case DRM_I915_GEM_CONTEXT_GETPARAM: {
        struct drm_i915_gem_context_param *asked = argument;
        asked->value = asked->param == I915_CONTEXT_PARAM_GTT_SIZE ? 1ull << 48 : 0;
        return 0;
    }
    case DRM_I915_GEM_GET_APERTURE: {
        struct drm_i915_gem_get_aperture *aperture = argument;
        aperture->aper_size = aperture->aper_available_size = 1ull << 48;
        return 0;
    }
    case DRM_I915_GEM_VM_CREATE:
        ((struct drm_i915_gem_vm_control *)argument)->vm_id = new_number();
        return 0;
    case DRM_I915_GEM_GET_TILING:
    case DRM_I915_GEM_SET_TILING:
        return -EOPNOTSUPP;
    case DRM_I915_PERF_OPEN:
    case DRM_I915_PERF_ADD_CONFIG:
        return -EINVAL;
    case DRM_I915_GEM_EXECBUFFER2:
    case DRM_I915_GEM_BUSY:
    case DRM_I915_GEM_WAIT:
    case DRM_I915_GEM_SET_DOMAIN:
    case DRM_I915_GEM_SET_CACHING:
    case DRM_I915_GEM_MADVISE:
    case DRM_I915_GEM_CONTEXT_SETPARAM:
    case DRM_I915_GEM_CONTEXT_DESTROY:
    case DRM_I915_GEM_VM_DESTROY:
    case DRM_I915_GET_RESET_STATS:
    case DRM_I915_REG_READ:
        return 0;
    default:
        return UNKNOWN;
    }
}

int i915_gpu(const char *name, struct gpu *gpu) {
    for (chip = intel_chips; chip->name; chip++) {
        if (!strcmp(chip->name, name) && !strcmp(chip->driver, "i915")) {
            *gpu = (struct gpu){"i915", {1, 6, 0}, 0x8086, chip->device, chip->revision, request};
            return 1;
        }
    }
    return 0;
}
