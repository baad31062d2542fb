/* Notes what the processes of a build ask of the file system.
 *
 * Preloaded into `Setup` and all that it starts. Each call that names a file of one of
 * HINC_OBSERVE_ROOTS (folders, between colons) appends a line to HINC_OBSERVE_LOG,
 *
 *     PID TAB OPERATION TAB PATH [TAB PLACE]
 *
 * in which a backslash stands before `\`, `t` and `n` for what would break a line. A path
 * that was relative has the working directory before it. PLACE is where a file that was
 * opened lies, if that is elsewhere: links may be on the way. The operations are those of
 * docs/observed.md. One line is one write to a file opened for appending, so that lines of
 * several processes are whole and stand in the order in which things happened.
 *
 * The library needs no libc of its own: a process may have another one (musl) than what it
 * was built with. So it is linked with none, calls the kernel where it can, and asks for the
 * next definition of a function only where the kernel has no such call.
 *
 * The log is opened for each line and closed again. A descriptor that stayed open could be
 * closed by the process, and its number given to a file of the process.
 */

#if !defined(__linux__) || !defined(__LP64__)
#error "observing is known to work on 64-bit Linux"
#endif

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stddef.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>

/* From the libc of the process, whichever that is. */
extern char **environ;
extern void *dlsym(void *handle, const char *name) __attribute__((weak));
extern unsigned long getauxval(unsigned long type) __attribute__((weak));
struct dl_phdr_info;
extern int dl_iterate_phdr(int (*each)(struct dl_phdr_info *, size_t, void *), void *data) __attribute__((weak));

#define NEXT ((void *)-1L)
/* The libcs declare these only together with functions whose types get in the way here. */
#define KERNEL_AT_EMPTY_PATH 0x1000
#define KERNEL_O_PATH 010000000
#define KERNEL_O_TMPFILE 020200000
#define EXPORT __attribute__((visibility("default")))
#define PATH_SIZE 4096
/* A path of which each byte needs another one before it, and what stands around it. */
#define PATH_LINE (2 * PATH_SIZE + 64)
#define PROGRAM_LINE 32768
#define ROOTS 1024

/* ---- the kernel ---- */

/* The libc's `syscall` is one of the functions that a process may look at files with. */
static long kernel_with(long number, long a, long b, long c, long d, long e, long f) {
  long result;
#if defined(__x86_64__)
  register long r10 __asm__("r10") = d, r8 __asm__("r8") = e, r9 __asm__("r9") = f;
  __asm__ volatile("syscall"
                   : "=a"(result)
                   : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
                   : "rcx", "r11", "memory");
#elif defined(__aarch64__)
  register long x8 __asm__("x8") = number, x0 __asm__("x0") = a, x1 __asm__("x1") = b, x2 __asm__("x2") = c;
  register long x3 __asm__("x3") = d, x4 __asm__("x4") = e, x5 __asm__("x5") = f;
  __asm__ volatile("svc 0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5) : "memory");
  result = x0;
#else
#error "calling the kernel is known for x86_64 and aarch64"
#endif
  if (result < 0 && result > -4096) {
    errno = (int)-result;
    return -1;
  }
  return result;
}
#define KERNEL(number, a, b, c, d, e, f, ...) \
  kernel_with(number, (long)(a), (long)(b), (long)(c), (long)(d), (long)(e), (long)(f))
#define kernel(...) KERNEL(__VA_ARGS__, 0, 0, 0, 0, 0, 0, 0)

static const char *log_path;
static int notes_every_question;
static char roots_text[131072];
static const char *roots[ROOTS];
static size_t root_lengths[ROOTS];
static int root_count;

static size_t length_of(const char *text) {
  size_t length = 0;
  while (text[length]) length++;
  return length;
}

static int begins_with(const char *text, const char *beginning) {
  while (*beginning)
    if (*text++ != *beginning++) return 0;
  return 1;
}

static const char *variable(const char *name) {
  size_t length = length_of(name);
  char **entry;
  if (!environ) return 0;
  for (entry = environ; *entry; entry++)
    if (begins_with(*entry, name) && (*entry)[length] == '=') return *entry + length + 1;
  return 0;
}

/* A line that is being made, in a buffer of whoever makes it. What does not fit is cut:
 * arguments of a program that are longer than all paths together. */
struct line {
  size_t used, size;
  char *text;
};

#define LINE(name, room)  \
  char name##_text[room]; \
  struct line name = {0, room, name##_text}

static void put(struct line *line, char c) {
  if (line->used < line->size - 1) line->text[line->used++] = c;
}

static void put_escaped(struct line *line, const char *text) {
  for (; *text; text++) {
    if (*text == '\n' || *text == '\t' || *text == '\\') put(line, '\\');
    put(line, *text == '\n' ? 'n' : *text == '\t' ? 't' : *text);
  }
}

static void put_number(struct line *line, unsigned long number) {
  char digits[24];
  int count = 0;
  do digits[count++] = (char)('0' + number % 10);
  while (number /= 10);
  while (count) put(line, digits[--count]);
}

static void finish(struct line *line);

/* The process that this memory last wrote a line for. */
static long known_process;

static void note_fork(long parent) {
  char text[64];
  struct line line = {0, sizeof text, text};
  known_process = kernel(SYS_getpid);
  put_number(&line, (unsigned long)known_process);
  put(&line, '\t');
  put_escaped(&line, "fork");
  put(&line, '\t');
  put_number(&line, (unsigned long)parent);
  finish(&line);
}

static void begin(struct line *line, const char *operation) {
  long process = kernel(SYS_getpid);
  line->used = 0;
  /* It was forked in a way that is not seen, and has not begun a program of its own. */
  if (process != known_process) note_fork(kernel(SYS_getppid));
  put_number(line, (unsigned long)process);
  put(line, '\t');
  put_escaped(line, operation);
  put(line, '\t');
}

static void finish(struct line *line) {
  long log;
  line->text[line->used++] = '\n';
  log = kernel(SYS_openat, AT_FDCWD, log_path, O_WRONLY | O_APPEND | O_CLOEXEC, 0);
  if (log < 0) return;
  kernel(SYS_write, log, line->text, line->used);
  kernel(SYS_close, log);
}

/* Writes where a descriptor leads into a buffer of PATH_SIZE, without a zero behind it, and
 * returns the length; nothing where that is no path. */
static size_t path_of(int descriptor, char *to) {
  char link[40] = "/proc/self/fd/";
  char digits[12];
  int count = 0, at = 14, rest = descriptor;
  long used;
  if (descriptor < 0) return 0;
  do digits[count++] = (char)('0' + rest % 10);
  while (rest /= 10);
  while (count) link[at++] = digits[--count];
  link[at] = 0;
  used = kernel(SYS_readlinkat, AT_FDCWD, link, to, (unsigned long)PATH_SIZE - 1);
  return used > 0 && to[0] == '/' ? (size_t)used : 0;
}

/* Makes a path absolute, in a buffer of PATH_SIZE. False where it cannot be told. */
static int absolute(int folder, const char *path, char *to) {
  size_t used = 0, length;
  if (path[0] != '/') {
    if (folder == AT_FDCWD) {
      long counted = kernel(SYS_getcwd, to, (unsigned long)PATH_SIZE);
      if (counted <= 0 || to[0] != '/') return 0;
      used = (size_t)counted - 1; /* its zero is counted */
    } else if (!(used = path_of(folder, to))) return 0;
    while (path[0] == '.' && path[1] == '/') {
      path += 2;
      while (*path == '/') path++;
    }
    if (path[0] == '.' && !path[1]) path++;
    if (*path && to[used - 1] != '/') to[used++] = '/';
  }
  length = length_of(path);
  if (used + length >= PATH_SIZE) return 0;
  for (size_t i = 0; i <= length; i++) to[used++] = path[i];
  return 1;
}

static int is_below_a_root(const char *path) {
  for (int i = 0; i < root_count; i++)
    if (begins_with(path, roots[i]) && (path[root_lengths[i]] == '/' || !path[root_lengths[i]])) return 1;
  return 0;
}

/* Whether a process has asked the same twice before, where not every question counts. Compilers
 * ask for a folder hundreds of times; whether it was once or more often is all that is looked at.
 * A collision costs a line that stands once too often, since a place holds one question. */
static int was_asked_often(const char *operation, const char *path) {
  static unsigned long asked[4096];
  unsigned long hash = 1469598103934665603UL + (unsigned char)operation[1], *place;
  if (operation[0] != 'a' || notes_every_question) return 0;
  for (; *path; path++) hash = (hash ^ (unsigned char)*path) * 1099511628211UL;
  hash &= ~1UL;
  place = &asked[(hash >> 20) % 4096];
  if (*place == (hash | 1)) return 1;
  *place = *place == hash ? hash | 1 : hash;
  return 0;
}

static void note_at(const char *operation, int folder, const char *path) {
  char full[PATH_SIZE];
  LINE(line, PATH_LINE);
  if (!log_path || !path || !absolute(folder, path, full) || !is_below_a_root(full)) return;
  if (was_asked_often(operation, full)) return;
  begin(&line, operation);
  put_escaped(&line, full);
  finish(&line);
}

/* Notes what was opened, and where it is, if links on the way lead elsewhere: to what lies
 * below a root, be the path outside of it. */
static void note_opened(const char *operation, int folder, const char *path, int descriptor) {
  char full[PATH_SIZE], place[PATH_SIZE];
  LINE(line, 2 * PATH_LINE);
  size_t used;
  int has_path, has_place, same = 0;
  if (!log_path || !path) return;
  has_path = absolute(folder, path, full) && is_below_a_root(full);
  used = path_of(descriptor, place);
  place[used] = 0;
  has_place = used && is_below_a_root(place);
  if (has_path && has_place) {
    same = 1;
    for (size_t i = 0; same && i <= used; i++) same = full[i] == place[i];
  }
  if (!has_path && !has_place) return;
  begin(&line, operation);
  put_escaped(&line, has_path ? full : place);
  if (has_path && has_place && !same) {
    put(&line, '\t');
    put_escaped(&line, place);
  }
  finish(&line);
}

/* Notes an operation that may have failed, and leaves errno as it was. What is not there
 * was asked for all the same. */
static long noted(const char *operation, int folder, const char *path, long result) {
  int error = errno;
  if (result >= 0) note_at(operation, folder, path);
  else note_at(error == ENOENT || error == ENOTDIR ? "absent" : "ask", folder, path);
  errno = error;
  return result;
}

/* What this library does not follow counts as having read everything. */
static void give_up(const char *what) {
  LINE(line, 256);
  int error = errno;
  if (!log_path) return;
  begin(&line, "unfollowed");
  put_escaped(&line, what);
  finish(&line);
  errno = error;
}

static void *next(const char *name) {
  return dlsym ? dlsym(NEXT, name) : 0;
}

/* ---- opening ---- */

static long opened(int folder, const char *path, int flags, long descriptor) {
  int error = errno;
  int writes = (flags & O_ACCMODE) != O_RDONLY || (flags & (O_CREAT | O_TRUNC));
  if (descriptor < 0) return noted("ask", folder, path, descriptor);
  if (writes) note_opened("write", folder, path, (int)descriptor);
  if ((flags & O_ACCMODE) != O_WRONLY && !(flags & O_TRUNC)) {
    struct stat found;
    int is_folder = 0;
    if (flags & KERNEL_O_PATH) {
      note_at("ask", folder, path);
      errno = error;
      return descriptor;
    }
    if (!kernel(SYS_fstat, descriptor, &found)) is_folder = S_ISDIR(found.st_mode);
    note_opened(is_folder ? "list" : "read", folder, path, (int)descriptor);
  }
  errno = error;
  return descriptor;
}

static int open_in(int folder, const char *path, int flags, mode_t mode) {
  return (int)opened(folder, path, flags, kernel(SYS_openat, folder, path, flags, mode));
}

static int wants_mode(int flags) {
  return (flags & O_CREAT) || (flags & KERNEL_O_TMPFILE) == KERNEL_O_TMPFILE;
}

#define WITH_MODE                   \
  mode_t mode = 0;                  \
  if (wants_mode(flags)) {          \
    va_list rest;                   \
    va_start(rest, flags);          \
    mode = va_arg(rest, mode_t);    \
    va_end(rest);                   \
  }

EXPORT int open(const char *path, int flags, ...) {
  WITH_MODE return open_in(AT_FDCWD, path, flags, mode);
}
EXPORT int open64(const char *path, int flags, ...) {
  WITH_MODE return open_in(AT_FDCWD, path, flags, mode);
}
EXPORT int openat(int folder, const char *path, int flags, ...) {
  WITH_MODE return open_in(folder, path, flags, mode);
}
EXPORT int openat64(int folder, const char *path, int flags, ...) {
  WITH_MODE return open_in(folder, path, flags, mode);
}
EXPORT int __open_2(const char *path, int flags) { return open_in(AT_FDCWD, path, flags, 0); }
EXPORT int __open64_2(const char *path, int flags) { return open_in(AT_FDCWD, path, flags, 0); }
EXPORT int __openat_2(int folder, const char *path, int flags) { return open_in(folder, path, flags, 0); }
EXPORT int __openat64_2(int folder, const char *path, int flags) { return open_in(folder, path, flags, 0); }
EXPORT int creat(const char *path, mode_t mode) {
  return open_in(AT_FDCWD, path, O_CREAT | O_WRONLY | O_TRUNC, mode);
}
EXPORT int creat64(const char *path, mode_t mode) { return creat(path, mode); }

/* The streams of the libc are its own: it is asked to make them of a descriptor that is
 * opened here, since its own way of opening cannot be seen. */
extern void *fdopen(int descriptor, const char *mode);
extern void *fdopendir(int descriptor);

static void *stream(const char *path, const char *mode) {
  int flags = 0, descriptor;
  void *made;
  switch (*mode) {
    case 'r': flags = O_RDONLY; break;
    case 'w': flags = O_WRONLY | O_CREAT | O_TRUNC; break;
    case 'a': flags = O_WRONLY | O_CREAT | O_APPEND; break;
    default: errno = EINVAL; return 0;
  }
  for (const char *c = mode + 1; *c && *c != ','; c++) {
    if (*c == '+') flags = (flags & ~O_ACCMODE) | O_RDWR;
    if (*c == 'x') flags |= O_EXCL;
    if (*c == 'e') flags |= O_CLOEXEC;
  }
  descriptor = open_in(AT_FDCWD, path, flags, 0666);
  if (descriptor < 0) return 0;
  made = fdopen(descriptor, mode);
  if (!made) {
    int error = errno;
    kernel(SYS_close, descriptor);
    errno = error;
  }
  return made;
}
EXPORT void *fopen(const char *path, const char *mode) { return stream(path, mode); }
EXPORT void *fopen64(const char *path, const char *mode) { return stream(path, mode); }

EXPORT void *freopen(const char *path, const char *mode, void *old) {
  void *(*real)(const char *, const char *, void *) = next("freopen");
  if (path) note_at(*mode == 'r' ? "read" : "write", AT_FDCWD, path);
  if (!real) { errno = ENOSYS; return 0; }
  return real(path, mode, old);
}
EXPORT void *freopen64(const char *path, const char *mode, void *old) { return freopen(path, mode, old); }

EXPORT void *opendir(const char *path) {
  int descriptor = open_in(AT_FDCWD, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NONBLOCK, 0);
  void *made;
  if (descriptor < 0) return 0;
  made = fdopendir(descriptor);
  if (!made) {
    int error = errno;
    kernel(SYS_close, descriptor);
    errno = error;
  }
  return made;
}

/* ---- asking ---- */

static int ask_stat(int folder, const char *path, void *to, int flags) {
  long result = kernel(SYS_newfstatat, folder, path, to, flags);
  /* An empty path with AT_EMPTY_PATH asks of a descriptor, whose opening was noted. */
  if (path && *path) noted("ask", folder, path, result);
  return (int)result;
}
EXPORT int stat(const char *path, struct stat *to) { return ask_stat(AT_FDCWD, path, to, 0); }
EXPORT int stat64(const char *path, void *to) { return ask_stat(AT_FDCWD, path, to, 0); }
EXPORT int lstat(const char *path, struct stat *to) { return ask_stat(AT_FDCWD, path, to, AT_SYMLINK_NOFOLLOW); }
EXPORT int lstat64(const char *path, void *to) { return ask_stat(AT_FDCWD, path, to, AT_SYMLINK_NOFOLLOW); }
EXPORT int fstatat(int folder, const char *path, struct stat *to, int flags) { return ask_stat(folder, path, to, flags); }
EXPORT int fstatat64(int folder, const char *path, void *to, int flags) { return ask_stat(folder, path, to, flags); }
EXPORT int __xstat(int version, const char *path, void *to) { (void)version; return ask_stat(AT_FDCWD, path, to, 0); }
EXPORT int __xstat64(int version, const char *path, void *to) { (void)version; return ask_stat(AT_FDCWD, path, to, 0); }
EXPORT int __lxstat(int version, const char *path, void *to) {
  (void)version;
  return ask_stat(AT_FDCWD, path, to, AT_SYMLINK_NOFOLLOW);
}
EXPORT int __lxstat64(int version, const char *path, void *to) { return __lxstat(version, path, to); }
EXPORT int __fxstatat(int version, int folder, const char *path, void *to, int flags) {
  (void)version;
  return ask_stat(folder, path, to, flags);
}
EXPORT int __fxstatat64(int version, int folder, const char *path, void *to, int flags) {
  return __fxstatat(version, folder, path, to, flags);
}
EXPORT int statx(int folder, const char *path, int flags, unsigned mask, void *to) {
  long result = kernel(SYS_statx, folder, path, flags, mask, to);
  if (path && *path) noted("ask", folder, path, result);
  return (int)result;
}

static int ask_access(int folder, const char *path, int mode, int flags) {
  /* The kernel's older call has no flags; both libcs answer these for the effective user. */
  long result = flags ? kernel(SYS_faccessat2, folder, path, mode, flags) : kernel(SYS_faccessat, folder, path, mode);
  return (int)noted("ask", folder, path, result);
}
EXPORT int access(const char *path, int mode) { return ask_access(AT_FDCWD, path, mode, 0); }
EXPORT int faccessat(int folder, const char *path, int mode, int flags) { return ask_access(folder, path, mode, flags); }
EXPORT int eaccess(const char *path, int mode) { return ask_access(AT_FDCWD, path, mode, AT_EACCESS); }
EXPORT int euidaccess(const char *path, int mode) { return ask_access(AT_FDCWD, path, mode, AT_EACCESS); }

EXPORT ssize_t readlink(const char *path, char *to, size_t size) {
  return noted("ask", AT_FDCWD, path, kernel(SYS_readlinkat, AT_FDCWD, path, to, size));
}
EXPORT ssize_t readlinkat(int folder, const char *path, char *to, size_t size) {
  return noted("ask", folder, path, kernel(SYS_readlinkat, folder, path, to, size));
}
EXPORT ssize_t __readlink_chk(const char *path, char *to, size_t size, size_t room) {
  return readlink(path, to, size < room ? size : room);
}
EXPORT ssize_t __readlinkat_chk(int folder, const char *path, char *to, size_t size, size_t room) {
  return readlinkat(folder, path, to, size < room ? size : room);
}
/* Where a relative path lies is known before. */
EXPORT int chdir(const char *path) {
  noted("ask", AT_FDCWD, path, kernel(SYS_faccessat, AT_FDCWD, path, 0));
  return (int)kernel(SYS_chdir, path);
}

/* Each folder on the way is asked for. What comes of links is seen in the end: the path
 * that is opened then. */
EXPORT char *realpath(const char *path, char *to) {
  char *(*real)(const char *, char *) = next("realpath");
  char *result;
  if (!real) { errno = ENOSYS; return 0; }
  result = real(path, to);
  noted("ask", AT_FDCWD, path, result ? 0 : -1);
  return result;
}
EXPORT char *__realpath_chk(const char *path, char *to, size_t room) { (void)room; return realpath(path, to); }
EXPORT char *canonicalize_file_name(const char *path) { return realpath(path, 0); }

/* What a libc does by its own means. */
#define AS_IT_IS(name, parameters, arguments)               \
  EXPORT int name parameters {                          \
    int(*real) parameters = next(#name);                \
    give_up(#name);                                     \
    if (!real) { errno = ENOSYS; return -1; }           \
    return real arguments;                              \
  }
AS_IT_IS(glob, (const char *pattern, int flags, void *error, void *to), (pattern, flags, error, to))
AS_IT_IS(glob64, (const char *pattern, int flags, void *error, void *to), (pattern, flags, error, to))
AS_IT_IS(ftw, (const char *path, void *each, int room), (path, each, room))
AS_IT_IS(ftw64, (const char *path, void *each, int room), (path, each, room))
AS_IT_IS(nftw, (const char *path, void *each, int room, int flags), (path, each, room, flags))
AS_IT_IS(nftw64, (const char *path, void *each, int room, int flags), (path, each, room, flags))
AS_IT_IS(wordexp, (const char *words, void *to, int flags), (words, to, flags))
AS_IT_IS(scandirat, (int folder, const char *path, void *to, void *filter, void *order), (folder, path, to, filter, order))

EXPORT int scandir(const char *path, void *to, void *filter, void *order) {
  int (*real)(const char *, void *, void *, void *) = next("scandir");
  int result;
  if (!real) { errno = ENOSYS; return -1; }
  result = real(path, to, filter, order);
  noted("list", AT_FDCWD, path, result);
  return result;
}
EXPORT int scandir64(const char *path, void *to, void *filter, void *order) { return scandir(path, to, filter, order); }

static void *walk_of_folders(const char *name, char *const *paths, int options, void *order) {
  void *(*real)(char *const *, int, void *) = next(name);
  give_up(name);
  if (!real) { errno = ENOSYS; return 0; }
  return real(paths, options, order);
}
EXPORT void *fts_open(char *const *paths, int options, void *order) {
  return walk_of_folders("fts_open", paths, options, order);
}
EXPORT void *fts64_open(char *const *paths, int options, void *order) {
  return walk_of_folders("fts64_open", paths, options, order);
}

/* ---- writing ---- */

EXPORT int renameat2(int from_folder, const char *from, int to_folder, const char *to, unsigned flags) {
  long result = kernel(SYS_renameat2, from_folder, from, to_folder, to, flags);
  struct stat found;
  int error = errno;
  /* All that lies below a folder has another path now. */
  if (!result && !kernel(SYS_newfstatat, to_folder, to, &found, AT_SYMLINK_NOFOLLOW) && S_ISDIR(found.st_mode))
    give_up("rename of a folder");
  errno = error;
  noted("read", from_folder, from, result);
  return (int)noted("write", to_folder, to, result);
}
EXPORT int rename(const char *from, const char *to) { return renameat2(AT_FDCWD, from, AT_FDCWD, to, 0); }
EXPORT int renameat(int from_folder, const char *from, int to_folder, const char *to) {
  return renameat2(from_folder, from, to_folder, to, 0);
}
EXPORT int link(const char *from, const char *to) {
  long result = kernel(SYS_linkat, AT_FDCWD, from, AT_FDCWD, to, 0);
  noted("read", AT_FDCWD, from, result);
  return (int)noted("write", AT_FDCWD, to, result);
}
EXPORT int linkat(int from_folder, const char *from, int to_folder, const char *to, int flags) {
  long result = kernel(SYS_linkat, from_folder, from, to_folder, to, flags);
  noted("read", from_folder, from, result);
  return (int)noted("write", to_folder, to, result);
}
/* Whoever asks about a link that the build made asks about what it leads to. */
static int linked(const char *target, int folder, const char *path, long result) {
  char to[PATH_SIZE];
  size_t used = 0, length, end = 0;
  noted("write", folder, path, result);
  if (result < 0 || !target || !path) return (int)result;
  length = length_of(target);
  if (target[0] != '/')
    for (size_t i = 0; path[i]; i++)
      if (path[i] == '/') end = i + 1;
  if (end + length < PATH_SIZE) {
    for (; used < end; used++) to[used] = path[used];
    for (size_t i = 0; i <= length; i++) to[used++] = target[i];
    result = kernel(SYS_faccessat, folder, to, 0);
    note_at(result < 0 ? "absent" : "ask", folder, to);
  }
  return 0;
}
EXPORT int symlink(const char *target, const char *path) {
  return linked(target, AT_FDCWD, path, kernel(SYS_symlinkat, target, AT_FDCWD, path));
}
EXPORT int symlinkat(const char *target, int folder, const char *path) {
  return linked(target, folder, path, kernel(SYS_symlinkat, target, folder, path));
}
EXPORT int mkdir(const char *path, mode_t mode) {
  return (int)noted("write", AT_FDCWD, path, kernel(SYS_mkdirat, AT_FDCWD, path, mode));
}
EXPORT int mkdirat(int folder, const char *path, mode_t mode) {
  return (int)noted("write", folder, path, kernel(SYS_mkdirat, folder, path, mode));
}
EXPORT int unlink(const char *path) {
  return (int)noted("write", AT_FDCWD, path, kernel(SYS_unlinkat, AT_FDCWD, path, 0));
}
EXPORT int unlinkat(int folder, const char *path, int flags) {
  return (int)noted("write", folder, path, kernel(SYS_unlinkat, folder, path, flags));
}
EXPORT int rmdir(const char *path) {
  return (int)noted("write", AT_FDCWD, path, kernel(SYS_unlinkat, AT_FDCWD, path, AT_REMOVEDIR));
}
EXPORT int truncate(const char *path, off_t length) {
  return (int)noted("write", AT_FDCWD, path, kernel(SYS_truncate, path, length));
}

/* ---- running ---- */

/* A process that does nothing but fork leaves no other trace. */
static pid_t forked(const char *how) {
  pid_t (*real)(void) = next(how), child;
  long self = kernel(SYS_getpid);
  if (!real) { errno = ENOSYS; return -1; }
  child = real();
  if (!child && log_path) note_fork(self);
  return child;
}
EXPORT pid_t fork(void) { return forked("fork"); }
EXPORT pid_t _Fork(void) { return forked("_Fork"); }

/* Whatever is run is noted, of whichever folder: one that does not begin a line of its own
 * afterwards was not followed. */
static void note_run(const char *operation, long process, const char *path, char *const *arguments) {
  char full[PATH_SIZE];
  LINE(line, PROGRAM_LINE);
  int is_name = 1;
  if (!log_path || !path) return;
  for (const char *c = path; *c; c++)
    if (*c == '/') is_name = 0;
  begin(&line, operation);
  put_number(&line, (unsigned long)process);
  put(&line, '\t');
  /* A name that is looked for on the PATH stays one. */
  put_escaped(&line, !is_name && absolute(AT_FDCWD, path, full) ? full : path);
  /* Of a program that is not followed, nothing else tells what it was begun for. */
  for (; arguments && *arguments; arguments++) {
    put(&line, '\t');
    put_escaped(&line, *arguments);
  }
  finish(&line);
}

static int execute(const char *path, char *const *arguments, char *const *variables) {
  long self = kernel(SYS_getpid), result;
  int error;
  /* Of a script the interpreter alone begins; that it may be run is a fact of its own. */
  note_at("ask", AT_FDCWD, path);
  note_run("exec", self, path, arguments);
  result = kernel(SYS_execve, path, arguments, variables);
  error = errno;
  note_run("failed", self, path, 0);
  noted("ask", AT_FDCWD, path, -1);
  errno = error;
  return (int)result;
}

static int is_run_by_a_shell(const char *path, char *const *arguments, char *const *variables) {
  /* A text without `#!`, as execvp has it. */
  char *given[1024];
  int count = 0;
  given[count++] = "sh";
  given[count++] = (char *)path;
  for (char *const *argument = arguments[0] ? arguments + 1 : arguments; *argument && count < 1023; argument++)
    given[count++] = *argument;
  given[count] = 0;
  return execute("/bin/sh", given, variables);
}

static int search_and_execute(const char *name, char *const *arguments, char *const *variables) {
  const char *path = variable("PATH"), *end;
  char full[PATH_SIZE];
  size_t length = length_of(name), used;
  int denied = 0;
  for (const char *c = name; *c; c++)
    if (*c == '/') {
      int result = execute(name, arguments, variables);
      return errno == ENOEXEC ? is_run_by_a_shell(name, arguments, variables) : result;
    }
  if (!length) { errno = ENOENT; return -1; }
  if (!path) path = "/bin:/usr/bin";
  for (;; path = end + 1) {
    for (end = path; *end && *end != ':'; end++) {}
    used = (size_t)(end - path);
    if (used + length + 2 < PATH_SIZE) {
      size_t at = 0;
      while (at < used) { full[at] = path[at]; at++; }
      if (used) full[at++] = '/';
      for (size_t i = 0; i <= length; i++) full[at++] = name[i];
      /* What is not there is no attempt to run it. */
      if (kernel(SYS_faccessat, AT_FDCWD, full, 1) == 0) {
        execute(full, arguments, variables);
        if (errno == ENOEXEC) return is_run_by_a_shell(full, arguments, variables);
      }
      if (errno == EACCES) denied = 1;
      noted("ask", AT_FDCWD, full, -1);
    }
    if (!*end) break;
  }
  errno = denied ? EACCES : ENOENT;
  return -1;
}

EXPORT int execve(const char *path, char *const *arguments, char *const *variables) {
  return execute(path, arguments, variables);
}
EXPORT int execv(const char *path, char *const *arguments) { return execute(path, arguments, environ); }
EXPORT int execvp(const char *name, char *const *arguments) { return search_and_execute(name, arguments, environ); }
EXPORT int execvpe(const char *name, char *const *arguments, char *const *variables) {
  return search_and_execute(name, arguments, variables);
}

#define ARGUMENTS                                                  \
  char *arguments[1024];                                           \
  int count = 0;                                                   \
  va_list rest;                                                    \
  va_start(rest, first);                                           \
  arguments[count++] = (char *)first;                              \
  while (count < 1024 && arguments[count - 1]) arguments[count++] = va_arg(rest, char *);

EXPORT int execl(const char *path, const char *first, ...) {
  ARGUMENTS
  va_end(rest);
  return execute(path, arguments, environ);
}
EXPORT int execlp(const char *name, const char *first, ...) {
  ARGUMENTS
  va_end(rest);
  return search_and_execute(name, arguments, environ);
}
EXPORT int execle(const char *path, const char *first, ...) {
  char *const *variables;
  ARGUMENTS
  variables = va_arg(rest, char *const *);
  va_end(rest);
  return execute(path, arguments, variables);
}
EXPORT int execveat(int folder, const char *path, char *const *arguments, char *const *variables, int flags) {
  give_up("execveat");
  return (int)kernel(SYS_execveat, folder, path, arguments, variables, flags);
}
EXPORT int fexecve(int descriptor, char *const *arguments, char *const *variables) {
  give_up("fexecve");
  return (int)kernel(SYS_execveat, descriptor, "", arguments, variables, KERNEL_AT_EMPTY_PATH);
}

/* Whether a program is linked with a loader, which brings this library into it. A sandbox of
 * Nix often has a shell that is not. */
static int has_loader(const char *path) {
  char start[4096];
  const Elf64_Ehdr *header = (const Elf64_Ehdr *)start;
  long file = kernel(SYS_openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC, 0), size;
  if (file < 0) return 0;
  size = kernel(SYS_read, file, start, sizeof start);
  kernel(SYS_close, file);
  if (size < (long)sizeof *header || !begins_with(start, ELFMAG)) return 0;
  for (int i = 0; i < header->e_phnum; i++) {
    const Elf64_Phdr *program = (const Elf64_Phdr *)(start + header->e_phoff) + i;
    if ((const char *)(program + 1) > start + size) return 0;
    if (program->p_type == PT_INTERP) return 1;
  }
  return 0;
}

/* A libc begins the shell by its own means. */
static void note_shell(const char *how) {
  if (!variable("LD_PRELOAD") || !has_loader("/bin/sh")) give_up(how);
}
EXPORT int system(const char *command) {
  int (*real)(const char *) = next("system");
  note_shell("system");
  if (!real) { errno = ENOSYS; return -1; }
  return real(command);
}
EXPORT void *popen(const char *command, const char *mode) {
  void *(*real)(const char *, const char *) = next("popen");
  note_shell("popen");
  if (!real) { errno = ENOSYS; return 0; }
  return real(command, mode);
}

/* A question for the sake of another process: what a program needs in order to begin. */
static void note_sought(long child, const char *path, long result) {
  char full[PATH_SIZE];
  LINE(line, PATH_LINE);
  if (!child) {
    noted("ask", AT_FDCWD, path, result);
    return;
  }
  if (!log_path || !absolute(AT_FDCWD, path, full) || !is_below_a_root(full)) return;
  begin(&line, "sought");
  put_number(&line, child);
  put(&line, '\t');
  put_escaped(&line, result < 0 && (errno == ENOENT || errno == ENOTDIR) ? "absent" : "ask");
  put(&line, '\t');
  put_escaped(&line, full);
  finish(&line);
}

/* The places at which a name is looked for, up to the first that may be run. CHILD is the
 * process that was begun with it, if one was. */
static void note_search(const char *name, long child) {
  const char *path = variable("PATH"), *end;
  char full[PATH_SIZE];
  size_t length = length_of(name);
  long result;
  for (const char *c = name; *c; c++)
    if (*c == '/') {
      note_sought(child, name, kernel(SYS_faccessat, AT_FDCWD, name, 0));
      return;
    }
  for (; path; path = *end ? end + 1 : 0) {
    size_t at = 0;
    for (end = path; *end && *end != ':'; end++) {}
    if ((size_t)(end - path) + length + 2 >= PATH_SIZE) continue;
    for (const char *c = path; c < end; c++) full[at++] = *c;
    if (at) full[at++] = '/';
    for (size_t i = 0; i <= length; i++) full[at++] = name[i];
    result = kernel(SYS_faccessat, AT_FDCWD, full, 1);
    note_sought(child, full, result);
    if (result >= 0) return;
  }
}

typedef int spawner(pid_t *, const char *, const void *, const void *, char *const *, char *const *);

static int spawn(const char *how, pid_t *process, const char *path, const void *actions, const void *attributes,
                 char *const *arguments, char *const *variables) {
  spawner *real = (spawner *)next(how);
  pid_t made = 0;
  int result, error;
  if (!real) return ENOSYS;
  result = real(&made, path, actions, attributes, arguments, variables);
  if (process) *process = made;
  if (!result) note_run("spawn", made, path, arguments);
  error = errno;
  note_search(path, result ? 0 : made);
  errno = error;
  return result;
}

/* The child opens it before it begins its program. */
EXPORT int posix_spawn_file_actions_addopen(void *actions, int descriptor, const char *path, int flags, mode_t mode) {
  int (*real)(void *, int, const char *, int, mode_t) = next("posix_spawn_file_actions_addopen");
  if (!real) return ENOSYS;
  if ((flags & O_ACCMODE) != O_WRONLY) note_at("read", AT_FDCWD, path);
  if ((flags & O_ACCMODE) != O_RDONLY || (flags & (O_CREAT | O_TRUNC))) note_at("write", AT_FDCWD, path);
  return real(actions, descriptor, path, flags, mode);
}

/* Paths of the child begin elsewhere. */
AS_IT_IS(posix_spawn_file_actions_addchdir_np, (void *actions, const char *path), (actions, path))
AS_IT_IS(posix_spawn_file_actions_addfchdir_np, (void *actions, int folder), (actions, folder))

EXPORT int posix_spawn(pid_t *process, const char *path, const void *actions, const void *attributes,
                       char *const *arguments, char *const *variables) {
  return spawn("posix_spawn", process, path, actions, attributes, arguments, variables);
}
EXPORT int posix_spawnp(pid_t *process, const char *path, const void *actions, const void *attributes,
                        char *const *arguments, char *const *variables) {
  return spawn("posix_spawnp", process, path, actions, attributes, arguments, variables);
}

/* A call of the kernel without a function of its own. What is not known here, and can look at
 * files, counts as having read everything. */
EXPORT long syscall(long number, ...) {
  long a, b, c, d, e, f, parent, result;
  va_list rest;
  va_start(rest, number);
  a = va_arg(rest, long), b = va_arg(rest, long), c = va_arg(rest, long);
  d = va_arg(rest, long), e = va_arg(rest, long), f = va_arg(rest, long);
  va_end(rest);
  switch (number) {
#ifdef SYS_fork
    case SYS_fork:
#endif
    case SYS_clone:
    case SYS_clone3:
      parent = kernel(SYS_getpid);
      result = kernel_with(number, a, b, c, d, e, f);
      if (!result && log_path && kernel(SYS_getpid) != parent) note_fork(parent);
      return result;
    case SYS_openat: return open_in((int)a, (const char *)b, (int)c, (mode_t)d);
    case SYS_newfstatat: return ask_stat((int)a, (const char *)b, (void *)c, (int)d);
    case SYS_statx: return statx((int)a, (const char *)b, (int)c, (unsigned)d, (void *)e);
    case SYS_readlinkat: return readlinkat((int)a, (const char *)b, (char *)c, (size_t)d);
    case SYS_faccessat: return ask_access((int)a, (const char *)b, (int)c, 0);
    case SYS_faccessat2: return ask_access((int)a, (const char *)b, (int)c, (int)d);
    case SYS_chdir: return chdir((const char *)a);
    case SYS_execve: return execve((const char *)a, (char *const *)b, (char *const *)c);
#ifdef SYS_open
    case SYS_open: return open_in(AT_FDCWD, (const char *)a, (int)b, (mode_t)c);
    case SYS_stat:
    case SYS_lstat:
    case SYS_access:
    case SYS_readlink:
    case SYS_rename:
    case SYS_link:
    case SYS_symlink:
#endif
    case SYS_openat2:
    case SYS_open_by_handle_at:
    case SYS_execveat:
    case SYS_io_uring_setup:
    case SYS_renameat2:
    case SYS_linkat:
    case SYS_symlinkat: give_up("syscall");
  }
  return kernel_with(number, a, b, c, d, e, f);
}

/* ---- the process itself ---- */

struct dl_phdr_info {
  Elf64_Addr address;
  const char *name;
};

/* The loader opens libraries by its own means. */
static int note_library(struct dl_phdr_info *library, size_t size, void *data) {
  (void)size;
  (void)data;
  /* The kernel's own has a name without a folder. */
  if (library->name && *library->name == '/') note_at("read", AT_FDCWD, library->name);
  return 0;
}

/* Go calls the kernel itself, also where it is linked with a libc. */
static int calls_the_kernel_itself(void) {
  unsigned long headers = getauxval ? getauxval(3) : 0, count = getauxval ? getauxval(5) : 0;
  const Elf64_Phdr *header = (const Elf64_Phdr *)headers;
  Elf64_Addr base = 0;
  if (!headers) return 0;
  for (unsigned long i = 0; i < count; i++)
    if (header[i].p_type == PT_PHDR) base = headers - header[i].p_vaddr;
  for (unsigned long i = 0; i < count; i++) {
    const char *at = (const char *)(base + header[i].p_vaddr), *end = at + header[i].p_memsz;
    if (header[i].p_type != PT_NOTE) continue;
    while (at + sizeof(Elf64_Nhdr) + 4 <= end) {
      const Elf64_Nhdr *note = (const Elf64_Nhdr *)at;
      if (note->n_namesz == 4 && begins_with(at + sizeof *note, "Go")) return 1;
      at += sizeof *note + ((note->n_namesz + 3) & ~3U) + ((note->n_descsz + 3) & ~3U);
    }
  }
  return 0;
}

static void put_arguments(struct line *line) {
  static char text[PROGRAM_LINE];
  long file = kernel(SYS_openat, AT_FDCWD, "/proc/self/cmdline", O_RDONLY | O_CLOEXEC, 0), got;
  size_t used = 0;
  if (file < 0) return;
  while (used < sizeof text - 1 && (got = kernel(SYS_read, file, text + used, sizeof text - 1 - used)) > 0) used += (size_t)got;
  kernel(SYS_close, file);
  text[used] = 0;
  for (size_t at = 0; at < used; at += length_of(text + at) + 1) {
    put(line, '\t');
    put_escaped(line, text + at);
  }
}

__attribute__((constructor)) static void begin_process(void) {
  const char *folders = variable("HINC_OBSERVE_ROOTS"), *path = variable("HINC_OBSERVE_LOG");
  static char buffer[2 * PROGRAM_LINE];
  struct line line = {0, sizeof buffer, buffer};
  static char program[PATH_SIZE];
  long length;
  size_t used = 0;
  int give_up_at_once = 0;
  if (!folders || !path) return;
  while (folders[used] && used < sizeof roots_text - 1) {
    roots_text[used] = folders[used];
    used++;
  }
  for (size_t at = 0; at < used;) {
    size_t end = at;
    if (root_count == ROOTS) {
      give_up_at_once = 1;
      break;
    }
    while (end < used && roots_text[end] != ':') end++;
    roots_text[end] = 0;
    roots[root_count] = roots_text + at;
    root_lengths[root_count++] = end - at;
    at = end + 1;
  }
  if (folders[used]) give_up_at_once = 1;
  log_path = path;
  notes_every_question = variable("HINC_OBSERVE_EVERY_QUESTION") != 0;
  known_process = kernel(SYS_getpid);
  length = kernel(SYS_readlinkat, AT_FDCWD, "/proc/self/exe", program, sizeof program - 1);
  if (length < 0) length = 0;
  program[length] = 0;
  begin(&line, "run");
  put_number(&line, (unsigned long)kernel(SYS_getppid));
  put(&line, '\t');
  put_escaped(&line, program);
  put_arguments(&line);
  finish(&line);
  if (give_up_at_once) give_up("more folders than can be told apart");
  if (calls_the_kernel_itself()) give_up("a program that calls the kernel itself");
  if (dl_iterate_phdr) dl_iterate_phdr(note_library, 0);
}

__attribute__((destructor)) static void end_process(void) {
  if (log_path && dl_iterate_phdr) dl_iterate_phdr(note_library, 0);
}
