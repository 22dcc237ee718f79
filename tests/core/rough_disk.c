/* A disk as some network drives are, for a process that is started with this in LD_PRELOAD. ROUGH names what fails:
   lock (with the code LOCK_ERROR), fsync, replace (a rename to a name that is taken). */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int rough(const char *what) {
  const char *told = getenv("ROUGH");
  return told && strstr(told, what) != NULL;
}

static int locking(int command) { return command == F_SETLK || command == F_SETLKW || command == F_GETLK; }

static int controlled(int file, int command, void *value) {
  static int (*real)(int, int, ...);
  if (locking(command) && rough("lock")) {
    errno = atoi(getenv("LOCK_ERROR"));
    return -1;
  }
  if (!real) real = dlsym(RTLD_NEXT, "fcntl");
  return real(file, command, value);
}

#define CONTROL(name)                       \
  int name(int file, int command, ...) {    \
    va_list values;                         \
    va_start(values, command);              \
    void *value = va_arg(values, void *);   \
    va_end(values);                         \
    return controlled(file, command, value); \
  }
CONTROL(fcntl)
CONTROL(fcntl64)

int fsync(int file) {
  static int (*real)(int);
  if (rough("fsync")) {
    errno = EIO;
    return -1;
  }
  if (!real) real = dlsym(RTLD_NEXT, "fsync");
  return real(file);
}

int rename(const char *from, const char *to) {
  static int (*real)(const char *, const char *);
  if (rough("replace") && access(to, F_OK) == 0) {
    errno = EPERM;
    return -1;
  }
  if (!real) real = dlsym(RTLD_NEXT, "rename");
  return real(from, to);
}
