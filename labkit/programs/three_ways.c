/* A word each for a pipe, a socket and a file: where is it after each call? */
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

int main(void)
{
    int pipe_ends[2], sockets[2];
    char word[16];
    if (pipe(pipe_ends) < 0 || socketpair(AF_UNIX, SOCK_STREAM, 0, sockets) < 0)
        return 1;
    FILE *to_pipe = fdopen(pipe_ends[1], "w");
    FILE *to_socket = fdopen(sockets[0], "w");
    FILE *to_file = fopen("note", "w");
    if (to_pipe == NULL || to_socket == NULL || to_file == NULL)
        return 1;
    if (fputs("one", to_pipe) == EOF)                    // step: one
        return 1;
    if (fputs("two", to_socket) == EOF)                  // step: two
        return 1;
    if (fputs("three", to_file) == EOF)                  // step: three
        return 1;
    if (fflush(NULL) == EOF)                             // step: fflush
        return 1;
    if (read(pipe_ends[0], word, sizeof word) != 3)      // step: read the pipe
        return 1;
    if (read(sockets[1], word, sizeof word) != 3)        // step: read the socket
        return 1;
    if (fsync(fileno(to_file)) < 0)                      // step: fsync
        return 1;
    return 0;
}
