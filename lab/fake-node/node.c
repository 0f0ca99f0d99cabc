/* A render node that is not there: preloaded into a process, this shows it /dev/dri/renderD128 and the node's files below
 * /sys/dev/char/226:128, and answers the requests a GPU's user-space driver makes of its kernel driver. Mesa then compiles real
 * machine code for that GPU. Nothing executes: buffers keep what the processor wrote, fences are always signalled.
 *
 *   FAKE_NODE_CHIP=ga100 LD_PRELOAD=…/fake-node.so vulkaninfo --summary
 *   FAKE_NODE_TRACE=1      every request on stderr
 *
 * How: a private folder holds the node's files, and the C library's functions that take paths are interposed, so that paths below
 * /dev/dri and /sys/dev/char/226: lead there; the machine's own /dev/dri is never seen. Opening the node gives a duplicate of one
 * large sparse memory file. Buffer objects are ranges of it, so mmap() and close() need no interposing, and any descriptor of the
 * node is known by its inode. The private folder goes when the process ends; what killed processes left goes at the next start.
 *
 * Requests and their structures: <drm/drm.h>; paths: what libdrm's xf86drm.c opens. */
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <drm/drm.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "fake_node.h"

#define NODE "/dev/dri/renderD128"
#define SYSFS "/sys/dev/char/226:128"
#define MAJOR_DRM 226
#define MINOR_RENDER 128
/* Address space for buffer objects: sparse, so it costs what is written. */
#define MEMORY (1ll << 40)
/* What a timeline has reached. */
#define LATER_THAN_ANY_POINT (1ull << 62)
/* The largest page that a driver asks for. */
#define PAGE 0x10000ull

static struct gpu gpu;
static char tree[PATH_MAX / 2]; /* the private folder; empty where no node is shown */
static pid_t owner;             /* the process that made it */
static int memory = -1;         /* what every descriptor of the node is a duplicate of */
static struct stat memory_stat;
static bool trace;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct buffer {
    uint64_t offset, size;
} *buffers;
static uint32_t buffer_count = 1, buffer_capacity;
static uint64_t memory_used = PAGE;
static uint32_t numbers;

/* ---- Buffer objects ------------------------------------------------------------------------------------------------------- */

uint32_t buffer_new(uint64_t size, uint64_t *offset) {
    size = (size + PAGE - 1) & ~(PAGE - 1);
    pthread_mutex_lock(&lock);
    uint32_t handle = 0;
    if (buffer_count == buffer_capacity || !buffers) {
        uint32_t capacity = buffer_capacity * 2 + 64;
        struct buffer *grown = realloc(buffers, capacity * sizeof *buffers);
        if (grown) {
            buffers = grown;
            buffer_capacity = capacity;
        }
    }
    if (buffer_count < buffer_capacity && memory_used + size <= (uint64_t)MEMORY) {
        handle = buffer_count++;
        buffers[handle] = (struct buffer){memory_used, size};
        memory_used += size;
        if (offset)
            *offset = buffers[handle].offset;
    }
    pthread_mutex_unlock(&lock);
    return handle;
}

int buffer_find(uint32_t handle, uint64_t *offset, uint64_t *size) {
    pthread_mutex_lock(&lock);
    bool known = handle && handle < buffer_count;
    if (known && offset)
        *offset = buffers[handle].offset;
    if (known && size)
        *size = buffers[handle].size;
    pthread_mutex_unlock(&lock);
    return known ? 0 : -ENOENT;
}

/* Gives the memory back; the range is not used again. */
static int buffer_close(uint32_t handle) {
    uint64_t offset, size;
    if (buffer_find(handle, &offset, &size))
        return -ENOENT;
    fallocate(memory, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, (off_t)offset, (off_t)size);
    return 0;
}

uint32_t new_number(void) {
    return __atomic_add_fetch(&numbers, 1, __ATOMIC_RELAXED);
}

void complain(const char *what, unsigned long number) {
    fprintf(stderr, "fake-node: %s %#lx of %s is not known here. Mesa asks something new: give lab/fake-node/%s.c an answer, from the kernel's %s_drm.h\n",
            what, number, gpu.driver, gpu.driver, gpu.driver);
}

/* ---- The private folder --------------------------------------------------------------------------------------------------- */

static void write_file(const char *path, const char *format, ...) {
    char full[PATH_MAX];
    snprintf(full, sizeof full, "%s%s", tree, path);
    FILE *file = fopen(full, "w");
    if (!file)
        return;
    va_list arguments;
    va_start(arguments, format);
    vfprintf(file, format, arguments);
    va_end(arguments);
    fclose(file);
}

static void make_folder(const char *path) {
    char full[PATH_MAX];
    snprintf(full, sizeof full, "%s%s", tree, path);
    mkdir(full, 0755);
}

static void make_link(const char *path, const char *target) {
    char full[PATH_MAX];
    snprintf(full, sizeof full, "%s%s", tree, path);
    if (symlink(target, full))
        perror("fake-node: symlink");
}

static int remove_one(const char *path, const struct stat *status, int type, struct FTW *walk) {
    (void)status, (void)type, (void)walk;
    return remove(path);
}

static void remove_folder(const char *path) {
    nftw(path, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

/* Removes the folders of processes that were killed, or became another program: that one has this process's number. */
static void sweep(void) {
    DIR *folder = opendir("/tmp");
    if (!folder)
        return;
    for (struct dirent *entry; (entry = readdir(folder));) {
        int pid;
        char path[PATH_MAX];
        if (sscanf(entry->d_name, "fake-node-%d-", &pid) == 1 && (pid == owner || (kill(pid, 0) && errno == ESRCH))) {
            snprintf(path, sizeof path, "/tmp/%s", entry->d_name);
            remove_folder(path);
        }
    }
    closedir(folder);
}

static bool make_tree(void) {
    char folder[64], target[64];
    snprintf(folder, sizeof folder, "/tmp/fake-node-%d-XXXXXX", (int)getpid());
    if (!mkdtemp(folder))
        return false;
    strcpy(tree, folder);
    static const char *const folders[] = {"/dev", "/dev/dri", "/sys", "/sys/dev", "/sys/dev/char", SYSFS, SYSFS "/device",
                                          SYSFS "/device/drm", SYSFS "/device/drm/renderD128"};
    for (size_t i = 0; i < sizeof folders / sizeof *folders; i++)
        make_folder(folders[i]);
    write_file(NODE, "");
    write_file(SYSFS "/uevent", "MAJOR=%d\nMINOR=%d\nDEVNAME=dri/renderD128\nDEVTYPE=drm_minor\n", MAJOR_DRM, MINOR_RENDER);
    write_file(SYSFS "/device/uevent", "DRIVER=%s\nPCI_CLASS=30000\nPCI_ID=%04X:%04X\nPCI_SUBSYS_ID=%04X:%04X\nPCI_SLOT_NAME=0000:01:00.0\n",
               gpu.driver, gpu.vendor, gpu.device, gpu.vendor, gpu.device);
    write_file(SYSFS "/device/vendor", "0x%04x\n", gpu.vendor);
    write_file(SYSFS "/device/device", "0x%04x\n", gpu.device);
    write_file(SYSFS "/device/subsystem_vendor", "0x%04x\n", gpu.vendor);
    write_file(SYSFS "/device/subsystem_device", "0x%04x\n", gpu.device);
    write_file(SYSFS "/device/revision", "0x%02x\n", gpu.revision);
    write_file(SYSFS "/device/class", "0x030000\n");
    make_link(SYSFS "/device/subsystem", "/sys/bus/pci");
    snprintf(target, sizeof target, "/sys/bus/pci/drivers/%s", gpu.driver);
    make_link(SYSFS "/device/driver", target);
    return true;
}

__attribute__((constructor)) static void begin(void) {
    const char *chip = getenv("FAKE_NODE_CHIP");
    if (!chip)
        return;
    if (!nouveau_gpu(chip, &gpu) && !i915_gpu(chip, &gpu) && !xe_gpu(chip, &gpu) && !amdgpu_gpu(chip, &gpu)) {
        fprintf(stderr, "fake-node: no chip '%s' in chips.c\n", chip);
        return;
    }
    trace = getenv("FAKE_NODE_TRACE") != NULL;
    owner = getpid();
    sweep();
    int file = memfd_create("fake-node", MFD_CLOEXEC);
    /* Out of the way of programs that expect the next descriptor to be a low one. */
    memory = fcntl(file, F_DUPFD_CLOEXEC, 500);
    close(file);
    if (memory < 0 || ftruncate(memory, MEMORY) || fstat(memory, &memory_stat) || !make_tree()) {
        perror("fake-node: no node");
        tree[0] = 0;
    }
}

__attribute__((destructor)) static void end(void) {
    if (tree[0] && getpid() == owner)
        remove_folder(tree);
}

/* ---- Functions that take a path ------------------------------------------------------------------------------------------- */

static bool is_node(const char *path) {
    return tree[0] && path && !strcmp(path, NODE);
}

/* Where `path` leads: into the private folder (spelled out in `buffer`), or where it always led. */
static const char *lead(const char *path, char buffer[PATH_MAX]) {
    if (!path || !tree[0] || (strncmp(path, "/dev/dri", 8) && strncmp(path, "/sys/dev/char/226:", 18)))
        return path;
    snprintf(buffer, PATH_MAX, "%s%s", tree, path);
    return buffer;
}

static int open_node(int flags) {
    return fcntl(memory, flags & O_CLOEXEC ? F_DUPFD_CLOEXEC : F_DUPFD, 3);
}

/* The C library's own function of the name that is being interposed. */
#define REAL(type, name, ...)                                                                                                      \
    static type (*real)(__VA_ARGS__);                                                                                              \
    if (!real)                                                                                                                     \
    real = (type(*)(__VA_ARGS__))dlsym(RTLD_NEXT, #name)

#define INTERPOSE_OPEN(name)                                                                                                       \
    int name(const char *path, int flags, ...) {                                                                                   \
        va_list arguments;                                                                                                         \
        va_start(arguments, flags);                                                                                                \
        mode_t mode = flags & (O_CREAT | __O_TMPFILE) ? va_arg(arguments, mode_t) : 0;                                             \
        va_end(arguments);                                                                                                         \
        char buffer[PATH_MAX];                                                                                                     \
        REAL(int, name, const char *, int, ...);                                                                                   \
        return is_node(path) ? open_node(flags) : real(lead(path, buffer), flags, mode);                                           \
    }
INTERPOSE_OPEN(open)
INTERPOSE_OPEN(open64)

#define INTERPOSE_OPENAT(name)                                                                                                     \
    int name(int folder, const char *path, int flags, ...) {                                                                       \
        va_list arguments;                                                                                                         \
        va_start(arguments, flags);                                                                                                \
        mode_t mode = flags & (O_CREAT | __O_TMPFILE) ? va_arg(arguments, mode_t) : 0;                                             \
        va_end(arguments);                                                                                                         \
        char buffer[PATH_MAX];                                                                                                     \
        REAL(int, name, int, const char *, int, ...);                                                                              \
        return is_node(path) ? open_node(flags) : real(folder, lead(path, buffer), flags, mode);                                   \
    }
INTERPOSE_OPENAT(openat)
INTERPOSE_OPENAT(openat64)

/* What open() becomes where a program was built with _FORTIFY_SOURCE. */
int __open_2(const char *path, int flags) {
    return open(path, flags);
}
int __open64_2(const char *path, int flags) {
    return open(path, flags);
}

#define INTERPOSE_FOPEN(name)                                                                                                      \
    FILE *name(const char *path, const char *mode) {                                                                               \
        char buffer[PATH_MAX];                                                                                                     \
        REAL(FILE *, name, const char *, const char *);                                                                            \
        return real(lead(path, buffer), mode);                                                                                     \
    }
INTERPOSE_FOPEN(fopen)
INTERPOSE_FOPEN(fopen64)

DIR *opendir(const char *path) {
    char buffer[PATH_MAX];
    REAL(DIR *, opendir, const char *);
    return real(lead(path, buffer));
}

ssize_t readlink(const char *path, char *target, size_t size) {
    char buffer[PATH_MAX];
    REAL(ssize_t, readlink, const char *, char *, size_t);
    return real(lead(path, buffer), target, size);
}
ssize_t __readlink_chk(const char *path, char *target, size_t size, size_t capacity) {
    return readlink(path, target, size < capacity ? size : capacity);
}

char *realpath(const char *path, char *resolved) {
    char buffer[PATH_MAX];
    REAL(char *, realpath, const char *, char *);
    return real(lead(path, buffer), resolved);
}
char *__realpath_chk(const char *path, char *resolved, size_t capacity) {
    (void)capacity;
    return realpath(path, resolved);
}

int access(const char *path, int mode) {
    char buffer[PATH_MAX];
    REAL(int, access, const char *, int);
    return real(lead(path, buffer), mode);
}

#define AS_CHARACTER_DEVICE(status)                                                                                                \
    do {                                                                                                                           \
        (status)->st_mode = ((status)->st_mode & 0777) | S_IFCHR;                                                                  \
        (status)->st_rdev = makedev(MAJOR_DRM, MINOR_RENDER);                                                                      \
    } while (0)

#define INTERPOSE_STAT(name, type)                                                                                                 \
    int name(const char *path, struct type *status) {                                                                              \
        char buffer[PATH_MAX];                                                                                                     \
        REAL(int, name, const char *, struct type *);                                                                              \
        int outcome = real(lead(path, buffer), status);                                                                            \
        if (!outcome && is_node(path))                                                                                             \
            AS_CHARACTER_DEVICE(status);                                                                                           \
        return outcome;                                                                                                            \
    }
INTERPOSE_STAT(stat, stat)
INTERPOSE_STAT(stat64, stat64)
INTERPOSE_STAT(lstat, stat)
INTERPOSE_STAT(lstat64, stat64)

#define INTERPOSE_FSTAT(name, type)                                                                                                \
    int name(int descriptor, struct type *status) {                                                                                \
        REAL(int, name, int, struct type *);                                                                                       \
        int outcome = real(descriptor, status);                                                                                    \
        if (!outcome && tree[0] && status->st_ino == memory_stat.st_ino && status->st_dev == memory_stat.st_dev)                   \
            AS_CHARACTER_DEVICE(status);                                                                                           \
        return outcome;                                                                                                            \
    }
INTERPOSE_FSTAT(fstat, stat)
INTERPOSE_FSTAT(fstat64, stat64)

int statx(int folder, const char *path, int flags, unsigned mask, struct statx *status) {
    char buffer[PATH_MAX];
    REAL(int, statx, int, const char *, int, unsigned, struct statx *);
    int outcome = real(folder, lead(path, buffer), flags, mask, status);
    if (!outcome && is_node(path)) {
        status->stx_mode = (status->stx_mode & 0777) | S_IFCHR;
        status->stx_rdev_major = MAJOR_DRM;
        status->stx_rdev_minor = MINOR_RENDER;
    }
    return outcome;
}

/* ---- Requests ------------------------------------------------------------------------------------------------------------- */

/* The kernel's way to return a string: as much as fits, and the whole length. */
static void give(char *target, __kernel_size_t *length, const char *text) {
    size_t whole = strlen(text);
    if (target)
        memcpy(target, text, *length < whole ? *length : whole);
    *length = whole;
}

static int capability(struct drm_get_cap *asked) {
    switch (asked->capability) {
    case DRM_CAP_PRIME:
        asked->value = DRM_PRIME_CAP_IMPORT | DRM_PRIME_CAP_EXPORT;
        return 0;
    case DRM_CAP_TIMESTAMP_MONOTONIC:
    case DRM_CAP_ADDFB2_MODIFIERS:
    case DRM_CAP_SYNCOBJ:
    case DRM_CAP_SYNCOBJ_TIMELINE:
        asked->value = 1;
        return 0;
    default:
        asked->value = 0;
        return 0;
    }
}

/* Requests that every kernel driver has, from <drm/drm.h>. */
static int common_request(unsigned long request, void *argument) {
    switch (_IOC_NR(request)) {
    case _IOC_NR(DRM_IOCTL_VERSION): {
        struct drm_version *version = argument;
        version->version_major = gpu.version[0];
        version->version_minor = gpu.version[1];
        version->version_patchlevel = gpu.version[2];
        give(version->name, &version->name_len, gpu.driver);
        give(version->date, &version->date_len, "0");
        give(version->desc, &version->desc_len, "fake node");
        return 0;
    }
    case _IOC_NR(DRM_IOCTL_GET_UNIQUE): {
        struct drm_unique *unique = argument;
        give(unique->unique, &unique->unique_len, "");
        return 0;
    }
    case _IOC_NR(DRM_IOCTL_GET_CLIENT): {
        struct drm_client *client = argument;
        client->auth = 1;
        client->pid = (unsigned long)getpid();
        return 0;
    }
    case _IOC_NR(DRM_IOCTL_GEM_CLOSE):
        return buffer_close(((struct drm_gem_close *)argument)->handle);
    case _IOC_NR(DRM_IOCTL_GET_CAP):
        return capability(argument);
    case _IOC_NR(DRM_IOCTL_SET_CLIENT_CAP):
        return 0;
    case _IOC_NR(DRM_IOCTL_PRIME_HANDLE_TO_FD):
        ((struct drm_prime_handle *)argument)->fd = memfd_create("fake-node-buffer", MFD_CLOEXEC);
        return 0;
    case _IOC_NR(DRM_IOCTL_PRIME_FD_TO_HANDLE):
        ((struct drm_prime_handle *)argument)->handle = buffer_new(PAGE, NULL);
        return 0;
    case _IOC_NR(DRM_IOCTL_SYNCOBJ_CREATE):
        ((struct drm_syncobj_create *)argument)->handle = new_number();
        return 0;
    case _IOC_NR(DRM_IOCTL_SYNCOBJ_HANDLE_TO_FD):
        ((struct drm_syncobj_handle *)argument)->fd = memfd_create("fake-node-fence", MFD_CLOEXEC);
        return 0;
    case _IOC_NR(DRM_IOCTL_SYNCOBJ_FD_TO_HANDLE):
        ((struct drm_syncobj_handle *)argument)->handle = new_number();
        return 0;
    case _IOC_NR(DRM_IOCTL_SYNCOBJ_QUERY): {
        struct drm_syncobj_timeline_array *asked = argument;
        for (uint32_t i = 0; i < asked->count_handles; i++)
            ((uint64_t *)(uintptr_t)asked->points)[i] = LATER_THAN_ANY_POINT;
        return 0;
    }
    /* Everything was finished before it was asked for. */
    case _IOC_NR(DRM_IOCTL_SYNCOBJ_DESTROY):
    case _IOC_NR(DRM_IOCTL_SYNCOBJ_WAIT):
    case _IOC_NR(DRM_IOCTL_SYNCOBJ_RESET):
    case _IOC_NR(DRM_IOCTL_SYNCOBJ_SIGNAL):
    case _IOC_NR(DRM_IOCTL_SYNCOBJ_TIMELINE_WAIT):
    case _IOC_NR(DRM_IOCTL_SYNCOBJ_TRANSFER):
    case _IOC_NR(DRM_IOCTL_SYNCOBJ_TIMELINE_SIGNAL):
    case _IOC_NR(DRM_IOCTL_SYNCOBJ_EVENTFD):
        return 0;
    default:
        return UNKNOWN;
    }
}

/* Requests of the type 'd' are DRM's; the process has no other node. */
int ioctl(int descriptor, unsigned long request, ...) {
    va_list arguments;
    va_start(arguments, request);
    void *argument = va_arg(arguments, void *);
    va_end(arguments);
    if (_IOC_TYPE(request) != DRM_IOCTL_BASE || !tree[0])
        return (int)syscall(SYS_ioctl, descriptor, request, argument);

    unsigned number = _IOC_NR(request);
    bool of_driver = number >= DRM_COMMAND_BASE && number < DRM_COMMAND_END;
    int outcome = of_driver ? gpu.request(number - DRM_COMMAND_BASE, _IOC_SIZE(request), argument) : common_request(request, argument);
    if (trace)
        fprintf(stderr, "fake-node: %s request %#x, %u bytes: %d\n", gpu.driver, number, (unsigned)_IOC_SIZE(request), outcome);
    if (outcome == UNKNOWN) {
        complain(of_driver ? "request (DRM_COMMAND_BASE +" : "common request", of_driver ? number - DRM_COMMAND_BASE : number);
        outcome = -EINVAL;
    }
    if (outcome >= 0)
        return outcome;
    errno = -outcome;
    return -1;
}
