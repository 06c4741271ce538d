/* From what a request asks for to a file below the folder, and from the file to the socket. */
#define _GNU_SOURCE
#include "http.h"
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static const char *const TYPES[][2] = {
    {".html", "text/html; charset=utf-8"}, {".txt", "text/plain; charset=utf-8"}, {".css", "text/css"},
    {".js", "text/javascript"}, {".png", "image/png"}, {"", "application/octet-stream"},
};

/* Opens what `target` names below `folder`, until the process ends. Returns a status. */
int open_below(int folder, const char *target, struct found *it)
{
    static char path[LINE + sizeof "index.html"];
    size_t size = 0, type = 0;
    struct stat about;
    for (const char *at = target + (*target == '/'); *at && *at != '?'; at++) {
        unsigned byte = (unsigned char)*at;
        if (byte == '%') {
            if (!isxdigit(at[1]) || !isxdigit(at[2]) || sscanf(at + 1, "%2x", &byte) != 1)
                return 400;
            if (byte == '\0' || byte == '/')
                return 404; // in no file's name
            at += 2;
        }
        path[size++] = byte;
    }
    strcpy(path + size, size == 0 || path[size - 1] == '/' ? "index.html" : "");
    // The kernel sees to it that neither .. nor a symbolic link leads out of the folder.
    struct open_how how = {.flags = O_RDONLY | O_NONBLOCK | O_NOCTTY, .resolve = RESOLVE_BENEATH};
    it->file = syscall(SYS_openat2, folder, path, &how, sizeof how); // step: open
    if (it->file < 0 && (errno == ENOENT || errno == ENOTDIR || errno == ELOOP || errno == ENAMETOOLONG))
        return 404;
    if (it->file < 0 || fstat(it->file, &about) < 0)
        return errno == EACCES || errno == EXDEV ? 403 : 500;
    it->size = about.st_size;
    const char *dot = strrchr(path, '.');
    while (*TYPES[type][0] && strcasecmp(dot ? dot : "", TYPES[type][0]) != 0)
        type++;
    it->type = TYPES[type][1];
    return S_ISREG(about.st_mode) ? 200 : S_ISDIR(about.st_mode) ? 404 : 403;
}

int send_found(int socket, const struct found *it)
{
    ssize_t put;
    for (off_t left = it->size; left > 0; left -= put)
        if ((put = sendfile(socket, it->file, NULL, left)) <= 0) // step: content
            return -1; // 0: the file has become shorter meanwhile
    return 0;
}
