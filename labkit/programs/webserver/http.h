/* What the files of the web server share. A status is HTTP's, 200 while all is well. */
#include <sys/types.h>

enum { LINE = 8000, FIELDS = 100, HEAD = 16000 }; // at most: bytes of the request line, fields, bytes of it all

struct found {
    int file;
    off_t size;
    const char *type;
};

int read_head(int socket, int seconds, char *head);               // http.c
int parse_head(char *head, char **target);
int open_below(int folder, const char *target, struct found *it); // files.c
int send_found(int socket, const struct found *it);
