/* NVIDIA, for Mesa's NVK: what it asks of the kernel driver nouveau 1.4.
 *
 * Requests and parameters: <drm/nouveau_drm.h>. The object interface behind DRM_NOUVEAU_NVIF has no header for programs; its
 * structures are those of the kernel's include/nvif/ioctl.h, which libdrm repeats. */
#include <ctype.h>
#include <drm/nouveau_drm.h>
#include <errno.h>
#include <string.h>

#include "chips.h"
#include "fake_node.h"

/* nvif_ioctl_v0 */
struct nvif {
    uint8_t version, type, padding[4], owner, route;
    uint64_t token, object;
};
enum { NVIF_SCLASS = 1, NVIF_MTHD = 4 };
/* nvif_ioctl_sclass_v0: the classes of which a channel can make objects */
struct nvif_sclass {
    uint8_t version, count, padding[6];
    struct {
        int32_t oclass;
        int16_t least, most;
    } classes[];
};
/* nvif_ioctl_mthd_v0 with nv_device_info_v0 */
struct nvif_device_info {
    uint8_t mthd_version, method, mthd_padding[6];
    uint8_t version, platform;
    uint16_t chipset;
    uint8_t revision, family, padding[2];
    uint64_t memory_size, memory_user;
    char chip[16], name[64];
};
enum { NV_DEVICE_INFO_PCIE = 3, CLASS_INLINE_COPY = 0xa140, CLASS_2D = 0x902d };

static const struct nvidia_chip *chip;

static int parameter(struct drm_nouveau_getparam *asked) {
    uint64_t memory = (uint64_t)chip->memory_gib << 30;
    switch (asked->param) {
    case NOUVEAU_GETPARAM_PCI_VENDOR:
        asked->value = 0x10de;
        return 0;
    case NOUVEAU_GETPARAM_PCI_DEVICE:
        asked->value = chip->device;
        return 0;
    case NOUVEAU_GETPARAM_BUS_TYPE:
        asked->value = 2; /* PCIe */
        return 0;
    case NOUVEAU_GETPARAM_FB_SIZE:
    case NOUVEAU_GETPARAM_VRAM_BAR_SIZE:
        asked->value = memory;
        return 0;
    case NOUVEAU_GETPARAM_AGP_SIZE:
        asked->value = 1ull << 40;
        return 0;
    case NOUVEAU_GETPARAM_CHIPSET_ID:
        asked->value = chip->chipset;
        return 0;
    case NOUVEAU_GETPARAM_VM_VRAM_BASE:
    case NOUVEAU_GETPARAM_PTIMER_TIME:
    case NOUVEAU_GETPARAM_VRAM_USED:
        asked->value = 0;
        return 0;
    case NOUVEAU_GETPARAM_GRAPH_UNITS:
        asked->value = chip->gpcs | chip->tpcs << 8;
        return 0;
    case NOUVEAU_GETPARAM_HAS_BO_USAGE:
    case NOUVEAU_GETPARAM_HAS_PAGEFLIP:
    case NOUVEAU_GETPARAM_HAS_VMA_TILEMODE:
        asked->value = 1;
        return 0;
    case NOUVEAU_GETPARAM_EXEC_PUSH_MAX:
        asked->value = 510;
        return 0;
    default:
        complain("DRM_NOUVEAU_GETPARAM", asked->param);
        return -EINVAL;
    }
}

static int object(struct nvif *nvif) {
    if (nvif->type == NVIF_SCLASS) {
        struct nvif_sclass *list = (void *)(nvif + 1);
        const int32_t classes[] = {CLASS_INLINE_COPY, (int32_t)chip->copy, CLASS_2D, (int32_t)chip->graphics, (int32_t)chip->compute};
        const int count = sizeof classes / sizeof *classes;
        /* Asked first with no room, for the number of classes. */
        for (int i = 0; i < count && i < list->count; i++) {
            list->classes[i].oclass = classes[i];
            list->classes[i].least = list->classes[i].most = -1;
        }
        list->count = count;
    } else if (nvif->type == NVIF_MTHD) {
        struct nvif_device_info *info = (void *)(nvif + 1);
        if (info->method == 0) {
            info->platform = NV_DEVICE_INFO_PCIE;
            info->chipset = (uint16_t)chip->chipset;
            info->memory_size = info->memory_user = (uint64_t)chip->memory_gib << 30;
            /* The kernel spells a chip in capitals, and knows no better name of the device. */
            for (size_t i = 0; chip->name[i] && i + 1 < sizeof info->chip; i++)
                info->chip[i] = info->name[i] = (char)toupper(chip->name[i]);
        }
    }
    return 0; /* objects are made and destroyed without a word */
}

static int gem_new(struct drm_nouveau_gem_info *info) {
    uint64_t offset;
    info->handle = buffer_new(info->size, &offset);
    if (!info->handle)
        return -ENOMEM;
    info->offset = info->map_handle = offset;
    return 0;
}

static int gem_info(struct drm_nouveau_gem_info *info) {
    uint64_t offset, size;
    if (buffer_find(info->handle, &offset, &size))
        return -ENOENT;
    info->offset = info->map_handle = offset;
    info->size = size;
    info->domain = NOUVEAU_GEM_DOMAIN_VRAM;
    return 0;
}

static int request(unsigned number, unsigned size, void *argument) {
    switch (number) {
    case DRM_NOUVEAU_GETPARAM:
        return parameter(argument);
    case DRM_NOUVEAU_CHANNEL_ALLOC: {
        struct drm_nouveau_channel_alloc *channel = argument;
        channel->channel = (int)new_number();
        channel->pushbuf_domains = NOUVEAU_GEM_DOMAIN_VRAM | NOUVEAU_GEM_DOMAIN_GART;
        channel->notifier_handle = buffer_new(0x1000, NULL);
        return 0;
    }
    case DRM_NOUVEAU_NVIF:
        return object(argument);
    case DRM_NOUVEAU_GET_ZCULL_INFO: {
        /* Depth culling does not concern compute; sizes of an RTX 3060's, so that nothing divides by zero. */
        static const uint32_t info[] = {224, 32, 3584, 5120, 128, 224, 1344, 16, 224, 64, 657408, 4096};
        memcpy(argument, info, size < sizeof info ? size : sizeof info);
        return 0;
    }
    case DRM_NOUVEAU_GEM_NEW:
        return gem_new(&((struct drm_nouveau_gem_new *)argument)->info);
    case DRM_NOUVEAU_GEM_INFO:
        return gem_info(argument);
    case DRM_NOUVEAU_CHANNEL_FREE:
    case DRM_NOUVEAU_VM_INIT:
    case DRM_NOUVEAU_VM_BIND:
    case DRM_NOUVEAU_EXEC:
    case DRM_NOUVEAU_GEM_PUSHBUF:
    case DRM_NOUVEAU_GEM_CPU_PREP:
    case DRM_NOUVEAU_GEM_CPU_FINI:
        return 0;
    default:
        return UNKNOWN;
    }
}

int nouveau_gpu(const char *name, struct gpu *gpu) {
    for (chip = nvidia_chips; chip->name; chip++) {
        if (!strcmp(chip->name, name)) {
            *gpu = (struct gpu){"nouveau", {1, 4, 3}, 0x10de, chip->device, 0xa1, request};
            return 1;
        }
    }
    return 0;
}
