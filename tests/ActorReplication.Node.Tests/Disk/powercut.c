// A disk whose cache can be lost: preloaded into a process, it notes before each write to a file what the write destroys, and forgets that when the file is
// synced. Whoever stands in for the power puts back, after killing the process, what is noted (PowerSupply.cs). What folders hold is not noted: files that were made,
// renamed or removed stay so.
//
// POWERCUT_FILES  files whose path contains this
// POWERCUT_NOTES  folder for the notes: a file for each inode, of records: offset, size before, bytes kept, all int64, and the bytes
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

enum { BUCKETS = 4096, PATH_BYTES = 4096 };

struct noted { dev_t dev; ino_t ino; int notes; struct noted *next; };

static struct noted *table[BUCKETS];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static const char *files, *folder;

static void *(*real_dlsym)(void *, const char *);
static int (*real_open)(const char *, int, ...);
static int (*real_openat)(int, const char *, int, ...);
static int (*real_unlink)(const char *);
static int (*real_rename)(const char *, const char *);
static ssize_t (*real_write)(int, const void *, size_t);
static ssize_t (*real_pwrite)(int, const void *, size_t, off_t);
static ssize_t (*real_writev)(int, const struct iovec *, int);
static ssize_t (*real_pwritev)(int, const struct iovec *, int, off_t);
static int (*real_ftruncate)(int, off_t);
static int (*real_fallocate)(int, int, off_t, off_t);
static int (*real_posix_fallocate)(int, off_t, off_t);
static int (*real_fsync)(int);

__attribute__((constructor)) static void begin(void)
{
    real_dlsym = dlvsym(RTLD_NEXT, "dlsym", "GLIBC_2.34");
    if (!real_dlsym) real_dlsym = dlvsym(RTLD_NEXT, "dlsym", "GLIBC_2.2.5");
    if (!real_dlsym) { fprintf(stderr, "powercut: no dlsym in this libc\n"); abort(); }
    real_open = real_dlsym(RTLD_NEXT, "open");
    real_openat = real_dlsym(RTLD_NEXT, "openat");
    real_unlink = real_dlsym(RTLD_NEXT, "unlink");
    real_rename = real_dlsym(RTLD_NEXT, "rename");
    real_write = real_dlsym(RTLD_NEXT, "write");
    real_pwrite = real_dlsym(RTLD_NEXT, "pwrite");
    real_writev = real_dlsym(RTLD_NEXT, "writev");
    real_pwritev = real_dlsym(RTLD_NEXT, "pwritev");
    real_ftruncate = real_dlsym(RTLD_NEXT, "ftruncate");
    real_fallocate = real_dlsym(RTLD_NEXT, "fallocate");
    real_posix_fallocate = real_dlsym(RTLD_NEXT, "posix_fallocate");
    real_fsync = real_dlsym(RTLD_NEXT, "fsync");
    files = getenv("POWERCUT_FILES");
    folder = getenv("POWERCUT_NOTES");
    if (!files || !folder) { fprintf(stderr, "powercut: POWERCUT_FILES and POWERCUT_NOTES are not set\n"); abort(); }
}

// Others' constructors may come before this one's.
static void ready(void)
{
    if (!real_fsync) begin();
}

// ---- what is noted of a file; under the lock

static struct noted *find(dev_t dev, ino_t ino)
{
    for (struct noted *n = table[ino % BUCKETS]; n; n = n->next)
        if (n->ino == ino && n->dev == dev) return n;
    return NULL;
}

static struct noted *noted_of(int file, struct stat *st)
{
    if (!files || fstat(file, st) != 0 || !S_ISREG(st->st_mode)) return NULL;
    struct noted *n = find(st->st_dev, st->st_ino);
    if (n) return n;
    char link[64], path[PATH_BYTES];
    snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length < 0) return NULL;
    path[length] = 0;
    if (!strstr(path, files)) return NULL;
    snprintf(path, sizeof path, "%s/%llu", folder, (unsigned long long)st->st_ino);
    int notes = real_open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
    if (notes < 0) { fprintf(stderr, "powercut: %s: %s\n", path, strerror(errno)); abort(); }
    n = malloc(sizeof *n);
    *n = (struct noted){ st->st_dev, st->st_ino, notes, table[st->st_ino % BUCKETS] };
    table[st->st_ino % BUCKETS] = n;
    return n;
}

static void forget(dev_t dev, ino_t ino)
{
    struct noted *n = find(dev, ino);
    if (n && real_ftruncate(n->notes, 0) != 0) abort();
}

// The file's bytes from offset on, as many as there are up to count, before they are lost.
static void keep(int file, int64_t offset, int64_t count)
{
    struct stat st;
    struct noted *n = noted_of(file, &st);
    if (!n) return;
    int64_t kept = st.st_size - offset < count ? st.st_size - offset : count;
    if (kept < 0) kept = 0;
    int64_t head[3] = { offset, st.st_size, kept };
    char *bytes = malloc(sizeof head + kept);
    memcpy(bytes, head, sizeof head);
    int source = file;
    char link[64];
    // Files that are open for writing only are read through another handle.
    if ((fcntl(file, F_GETFL) & O_ACCMODE) == O_WRONLY)
    {
        snprintf(link, sizeof link, "/proc/self/fd/%d", file);
        source = real_open(link, O_RDONLY | O_CLOEXEC);
    }
    for (int64_t done = 0; done < kept;)
    {
        ssize_t got = pread(source, bytes + sizeof head + done, kept - done, offset + done);
        if (got <= 0) { fprintf(stderr, "powercut: cannot read what is overwritten: %s\n", strerror(errno)); abort(); }
        done += got;
    }
    if (source != file) close(source);
    for (int64_t done = 0; done < (int64_t)sizeof head + kept;)
    {
        ssize_t put = real_write(n->notes, bytes + done, sizeof head + kept - done);
        if (put <= 0) { fprintf(stderr, "powercut: cannot note: %s\n", strerror(errno)); abort(); }
        done += put;
    }
    free(bytes);
}

static int64_t place(int file)
{
    if (fcntl(file, F_GETFL) & O_APPEND)
    {
        struct stat st;
        return fstat(file, &st) == 0 ? st.st_size : 0;
    }
    off_t at = lseek(file, 0, SEEK_CUR);
    return at < 0 ? 0 : at;
}

static int64_t length(const struct iovec *pieces, int count)
{
    int64_t sum = 0;
    for (int i = 0; i < count; i++) sum += pieces[i].iov_len;
    return sum;
}

static int is_plain(int file)
{
    struct stat st;
    ready();
    return fstat(file, &st) == 0 && S_ISREG(st.st_mode);
}

#define NOTED(file, offset, count, call) \
    if (!is_plain(file)) return call; \
    pthread_mutex_lock(&lock); \
    keep(file, offset, count); \
    __typeof__(call) result = call; \
    int failure = errno; \
    pthread_mutex_unlock(&lock); \
    errno = failure; \
    return result

// ---- the calls

ssize_t write(int file, const void *bytes, size_t count) { NOTED(file, place(file), count, real_write(file, bytes, count)); }
ssize_t pwrite(int file, const void *bytes, size_t count, off_t offset) { NOTED(file, offset, count, real_pwrite(file, bytes, count, offset)); }
ssize_t pwrite64(int file, const void *bytes, size_t count, off_t offset) { return pwrite(file, bytes, count, offset); }
ssize_t writev(int file, const struct iovec *pieces, int count) { NOTED(file, place(file), length(pieces, count), real_writev(file, pieces, count)); }
ssize_t pwritev(int file, const struct iovec *pieces, int count, off_t offset) { NOTED(file, offset, length(pieces, count), real_pwritev(file, pieces, count, offset)); }
ssize_t pwritev64(int file, const struct iovec *pieces, int count, off_t offset) { return pwritev(file, pieces, count, offset); }
int ftruncate(int file, off_t size) { NOTED(file, size, INT64_MAX, real_ftruncate(file, size)); }
int ftruncate64(int file, off_t size) { return ftruncate(file, size); }
int fallocate(int file, int mode, off_t offset, off_t count) { NOTED(file, offset, mode ? count : 0, real_fallocate(file, mode, offset, count)); }
int fallocate64(int file, int mode, off_t offset, off_t count) { return fallocate(file, mode, offset, count); }
int posix_fallocate(int file, off_t offset, off_t count) { NOTED(file, offset, 0, real_posix_fallocate(file, offset, count)); }
int posix_fallocate64(int file, off_t offset, off_t count) { return posix_fallocate(file, offset, count); }

// Nothing that this does has to outlive the machine, only the process: the notes are what decides.
int fsync(int file)
{
    struct stat st;
    if (fstat(file, &st) != 0) return -1;
    if (!S_ISREG(st.st_mode)) return 0;
    pthread_mutex_lock(&lock);
    forget(st.st_dev, st.st_ino);
    pthread_mutex_unlock(&lock);
    return 0;
}

int fdatasync(int file) { return fsync(file); }

static int opened(int file, int was_there)
{
    struct stat st;
    if (file >= 0 && !was_there && fstat(file, &st) == 0)
    {
        int failure = errno;
        pthread_mutex_lock(&lock);
        forget(st.st_dev, st.st_ino);
        pthread_mutex_unlock(&lock);
        errno = failure;
    }
    return file;
}

static int open_at(int at, const char *path, int flags, mode_t mode)
{
    struct stat st;
    ready();
    int was_there = !(flags & O_CREAT) || fstatat(at, path, &st, 0) == 0;
    if (was_there && (flags & O_TRUNC))
    {
        int file = real_openat(at, path, flags & ~(O_TRUNC | O_CREAT | O_EXCL), mode);
        if (file < 0 || (flags & (O_CREAT | O_EXCL)) == (O_CREAT | O_EXCL)) { if (file >= 0) close(file); return real_openat(at, path, flags, mode); }
        if (is_plain(file) && ftruncate(file, 0) != 0) { close(file); return -1; }
        return file;
    }
    return opened(real_openat(at, path, flags, mode), was_there);
}

#define MODE(flags) mode_t mode = 0; if ((flags) & (O_CREAT | O_TMPFILE)) { va_list more; va_start(more, flags); mode = va_arg(more, mode_t); va_end(more); }

int open(const char *path, int flags, ...) { MODE(flags) return open_at(AT_FDCWD, path, flags, mode); }
int open64(const char *path, int flags, ...) { MODE(flags) return open_at(AT_FDCWD, path, flags, mode); }
int openat(int at, const char *path, int flags, ...) { MODE(flags) return open_at(at, path, flags, mode); }
int openat64(int at, const char *path, int flags, ...) { MODE(flags) return open_at(at, path, flags, mode); }

static void gone(const struct stat *st)
{
    if (st->st_nlink > 1) return;
    pthread_mutex_lock(&lock);
    forget(st->st_dev, st->st_ino);
    pthread_mutex_unlock(&lock);
}

int unlink(const char *path)
{
    struct stat st;
    ready();
    int known = stat(path, &st) == 0, result = real_unlink(path), failure = errno;
    if (known && result == 0) gone(&st);
    errno = failure;
    return result;
}

int rename(const char *from, const char *to)
{
    struct stat st;
    ready();
    int known = stat(to, &st) == 0, result = real_rename(from, to), failure = errno;
    if (known && result == 0) gone(&st);
    errno = failure;
    return result;
}

// The runtime finds libc's functions for its callers by name, past whatever is preloaded.
void *dlsym(void *handle, const char *name)
{
    static const struct { const char *name; void *own; } own[] =
    {
        { "open", open }, { "openat", openat }, { "unlink", unlink }, { "rename", rename }, { "write", write }, { "pwrite", pwrite }, { "writev", writev }, { "pwritev", pwritev },
        { "ftruncate", ftruncate }, { "fallocate", fallocate }, { "posix_fallocate", posix_fallocate }, { "fsync", fsync }, { "fdatasync", fdatasync },
    };
    ready();
    if (handle != RTLD_NEXT)
        for (size_t i = 0; i < sizeof own / sizeof *own; i++)
            if (strcmp(name, own[i].name) == 0) return own[i].own;
    return real_dlsym(handle, name);
}
