/* A kernel without CONFIG_PROC_CHILDREN, for a program that is started with this in LD_PRELOAD. */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <string.h>

typedef int open_function(const char *path, int flags, ...);

static int is_children(const char *path)
{
    size_t length = strlen(path);

    return length > 9 && strcmp(path + length - 9, "/children") == 0;
}

int open(const char *path, int flags, ...)
{
    va_list arguments;
    unsigned mode;

    va_start(arguments, flags);
    mode = flags & O_CREAT ? va_arg(arguments, unsigned) : 0;
    va_end(arguments);
    if (is_children(path)) {
        errno = ENOENT;
        return -1;
    }
    return ((open_function *)dlsym(RTLD_NEXT, "open"))(path, flags, mode);
}
