/* AMD, for Mesa's RADV: what it asks of the kernel driver amdgpu, by itself and through libdrm. Requests and structures:
 * <drm/amdgpu_drm.h>. */
#include <drm/amdgpu_drm.h>
#include <errno.h>
#include <string.h>

#include "chips.h"
#include "fake_node.h"

static const struct amd_chip *chip;

static void device(struct drm_amdgpu_info_device *info) {
    info->device_id = chip->device;
    info->external_rev = chip->external;
    info->chip_rev = 1;
    info->pci_rev = chip->revision;
    info->family = chip->family;
    info->gpu_counter_freq = 100000;
    info->max_engine_clock = 2400000;
    info->max_memory_clock = 1250000;

    info->num_shader_engines = chip->engines;
    info->num_shader_arrays_per_engine = chip->arrays;
    info->num_cu_per_sh = chip->units;
    info->cu_active_number = chip->engines * chip->arrays * chip->units;
    /* Engines beyond the fourth continue in the next pair of columns. */
    for (unsigned engine = 0; engine < chip->engines; engine++)
        for (unsigned array = 0; array < chip->arrays; array++)
            info->cu_bitmap[engine % 4][array + engine / 4 * 2] = (1u << chip->units) - 1;
    info->wave_front_size = chip->wave;
    info->num_shader_visible_vgprs = chip->registers;
    info->max_gs_waves_per_vgt = 32;

    info->num_rb_pipes = chip->backends;
    info->enabled_rb_pipes_mask = (1u << chip->backends) - 1;
    info->num_hw_gfx_contexts = 8;
    info->gs_vgt_table_depth = 32;
    info->gs_prim_buffer_depth = 1792;
    info->gc_double_offchip_lds_buf = 1;
    info->ce_ram_size = 65536;

    info->virtual_address_offset = 0x200000;
    info->virtual_address_max = 0x800000000000ull;
    info->virtual_address_alignment = 4096;
    info->high_va_offset = 0xffff800000000000ull;
    info->high_va_max = 0xffffffffffe00000ull;
    info->pte_fragment_size = 2097152;
    info->gart_page_size = 4096;

    info->vram_type = AMDGPU_VRAM_TYPE_GDDR6;
    info->vram_bit_width = 256;
    info->num_tcc_blocks = chip->tccs;
    info->tcp_cache_size = 32;
    info->num_sqc_per_wgp = 1;
    info->sqc_data_cache_size = 16;
    info->sqc_inst_cache_size = 32;
    info->gl1c_cache_size = 256;
    info->gl2c_cache_size = 6144;
    info->pcie_num_lanes = 16;
    info->pcie_gen = 4;
}

static void engine(unsigned type, struct drm_amdgpu_info_hw_ip *info) {
    if (type > AMDGPU_HW_IP_DMA)
        return; /* no video */
    info->hw_ip_version_major = chip->major;
    info->hw_ip_version_minor = chip->minor;
    info->ib_start_alignment = info->ib_size_alignment = 32;
    info->available_rings = type == AMDGPU_HW_IP_COMPUTE ? 0xf : 1;
    if (type != AMDGPU_HW_IP_DMA)
        info->ip_discovery_version = chip->discovery;
}

static void memory(struct drm_amdgpu_memory_info *info) {
    const uint64_t size = (uint64_t)chip->memory_gib << 30;
    const struct drm_amdgpu_heap_info heap = {.total_heap_size = size, .usable_heap_size = size, .max_allocation = size / 4 * 3};
    info->vram = info->cpu_accessible_vram = info->gtt = heap;
}

static int info(struct drm_amdgpu_info *asked) {
    enum { GB_ADDR_CONFIG = 0x263e };
    union {
        struct drm_amdgpu_info_device device;
        struct drm_amdgpu_info_hw_ip engine;
        struct drm_amdgpu_memory_info memory;
        struct drm_amdgpu_info_vram_gtt sizes;
        struct drm_amdgpu_info_firmware firmware;
        uint32_t words[4096];
    } answer = {.words = {0}};
    switch (asked->query) {
    case AMDGPU_INFO_ACCEL_WORKING:
    case AMDGPU_INFO_HW_IP_COUNT:
        answer.words[0] = 1;
        break;
    case AMDGPU_INFO_HW_IP_INFO:
        engine(asked->query_hw_ip.type, &answer.engine);
        break;
    case AMDGPU_INFO_FW_VERSION:
        answer.firmware.ver = 2800;
        answer.firmware.feature = 60;
        break;
    case AMDGPU_INFO_READ_MMR_REG:
        if (asked->read_mmr_reg.dword_offset == GB_ADDR_CONFIG)
            answer.words[0] = chip->address_config;
        break;
    case AMDGPU_INFO_DEV_INFO:
        device(&answer.device);
        break;
    case AMDGPU_INFO_MEMORY:
        memory(&answer.memory);
        break;
    case AMDGPU_INFO_VRAM_GTT:
        answer.sizes.vram_size = answer.sizes.vram_cpu_accessible_size = answer.sizes.gtt_size = (uint64_t)chip->memory_gib << 30;
        break;
    case AMDGPU_INFO_VIDEO_CAPS:
        break;
    case AMDGPU_INFO_GPUVM_FAULT:
    case AMDGPU_INFO_VRAM_USAGE:
    case AMDGPU_INFO_VIS_VRAM_USAGE:
    case AMDGPU_INFO_GTT_USAGE:
        break; /* none */
    case AMDGPU_INFO_UQ_FW_AREAS:
    case AMDGPU_INFO_MAX_IBS:
        return -EINVAL; /* what an older kernel says */
    default:
        complain("AMDGPU_INFO", asked->query);
        return -EINVAL;
    }
    memcpy((void *)(uintptr_t)asked->return_pointer, &answer, asked->return_size < sizeof answer ? asked->return_size : sizeof answer);
    return 0;
}

static int request(unsigned number, unsigned size, void *argument) {
    (void)size;
    switch (number) {
    case DRM_AMDGPU_GEM_CREATE: {
        union drm_amdgpu_gem_create *create = argument;
        uint32_t handle = buffer_new(create->in.bo_size, NULL);
        memset(create, 0, sizeof *create);
        create->out.handle = handle;
        return handle ? 0 : -ENOMEM;
    }
    case DRM_AMDGPU_GEM_MMAP: {
        union drm_amdgpu_gem_mmap *map = argument;
        uint64_t offset;
        if (buffer_find(map->in.handle, &offset, NULL))
            return -ENOENT;
        map->out.addr_ptr = offset;
        return 0;
    }
    case DRM_AMDGPU_GEM_USERPTR: {
        struct drm_amdgpu_gem_userptr *pointer = argument;
        pointer->handle = buffer_new(pointer->size, NULL);
        return pointer->handle ? 0 : -ENOMEM;
    }
    case DRM_AMDGPU_CTX: {
        union drm_amdgpu_ctx *context = argument;
        const int making = context->in.op == AMDGPU_CTX_OP_ALLOC_CTX;
        memset(context, 0, sizeof *context);
        if (making)
            context->out.alloc.ctx_id = new_number();
        return 0;
    }
    case DRM_AMDGPU_INFO:
        return info(argument);
    case DRM_AMDGPU_CS: {
        union drm_amdgpu_cs *submission = argument;
        memset(submission, 0, sizeof *submission);
        submission->out.handle = new_number();
        return 0;
    }
    case DRM_AMDGPU_WAIT_CS:
    case DRM_AMDGPU_WAIT_FENCES:
        memset(argument, 0, sizeof(union drm_amdgpu_wait_cs)); /* status 0: done */
        return 0;
    case DRM_AMDGPU_BO_LIST:
    case DRM_AMDGPU_GEM_METADATA:
    case DRM_AMDGPU_GEM_WAIT_IDLE:
    case DRM_AMDGPU_GEM_VA:
    case DRM_AMDGPU_GEM_OP:
    case DRM_AMDGPU_VM:
    case DRM_AMDGPU_SCHED:
        return 0;
    default:
        return UNKNOWN;
    }
}

int amdgpu_gpu(const char *name, struct gpu *gpu) {
    for (chip = amd_chips; chip->name; chip++) {
        if (!strcmp(chip->name, name)) {
            *gpu = (struct gpu){"amdgpu", {3, 64, 0}, 0x1002, chip->device, chip->revision, request};
            return 1;
        }
    }
    return 0;
}
