/* The head of a request: read until it is whole, then taken apart as RFC 9112 has it. Knows no files. */
#include "http.h"
#include <ctype.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#define DIGIT "0123456789"
#define ALNUM DIGIT "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
#define TOKEN ALNUM "!#$%&'*+-.^_`|~"    // RFC 9110, 5.6.2
#define HOST ALNUM "-._~%!$&'()*+,;=:[]" // RFC 3986, 3.2.2, and a port
#define HAS_ONLY(text, of) ((text)[strspn(text, of)] == '\0')

static const char METHODS[][8] = {"GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH"};

/* Reads up to the empty line, in as many pieces as come. Returns a status, 0 if the client said nothing at all. */
int read_head(int socket, int seconds, char *head)
{
    time_t until = time(NULL) + seconds;
    for (size_t size = 0; size < HEAD;) {
        ssize_t got = time(NULL) < until ? recv(socket, head + size, HEAD - size, 0) : -1; // step: receive
        if (got <= 0)
            return size == 0 ? 0 : got == 0 ? 400 : 408;
        head[size += got] = '\0';
        char *line = head + strspn(head, "\r\n"), *end = strstr(line, "\r\n\r\n"), *field = strstr(line, "\r\n");
        if (end == NULL && (strlen(head) < size || strstr(line, "\n\n"))) // a NUL, or lines that end without CR
            return 400;
        if ((field ? field : head + size) - head > LINE)
            return 414;
        if (end != NULL) {
            end[2] = '\0';
            return 200;
        }
    }
    return 431;
}

static char *cut(char *text, const char *at) // ends `text` there; what comes after
{
    char *found = strstr(text, at);
    if (found == NULL)
        return text + strlen(text);
    *found = '\0';
    return found + strlen(at);
}

/* Returns a status, and what the request asks for: a path, still encoded. */
int parse_head(char *head, char **target)
{
    size_t hosts = 0, lengths = 0, content = 0, codings = 0, fields = 0, known = 0;
    char *method = head + strspn(head, "\r\n"), *field = cut(method, "\r\n"), *next; // step: parse
    *target = cut(method, " ");
    char *version = cut(*target, " ");
    if (!*method || !HAS_ONLY(method, TOKEN) || strncmp(version, "HTTP/", 5) != 0 || !isdigit(version[5]) ||
        version[6] != '.' || !isdigit(version[7]) || version[8] != '\0')
        return 400;
    if (version[5] != '1')
        return 505;
    for (; *field; field = next) {
        next = cut(field, "\r\n");
        char *value = field + strspn(field, TOKEN), *end = field + strlen(field);
        if (value == field || *value != ':' || value[strcspn(value, "\r\n")] != '\0')
            return 400; // no name, a blank before the colon, a folded line, half the end of a line
        if (++fields > FIELDS)
            return 431;
        *value++ = '\0';
        value += strspn(value, " \t");
        while (end > value && strchr(" \t", end[-1]))
            *--end = '\0';
        if (strcasecmp(field, "Host") == 0 && (hosts++ || !HAS_ONLY(value, HOST)))
            return 400;
        if (strcasecmp(field, "Transfer-Encoding") == 0 && end - value > 8 && strcasecmp(end - 8, " chunked") == 0)
            return 501; // another coding below
        if (strcasecmp(field, "Transfer-Encoding") == 0 && (codings++ || strcasecmp(value, "chunked") != 0))
            return 400;
        if (strcasecmp(field, "Content-Length") == 0) {
            if (lengths++ || !*value || !HAS_ONLY(value, DIGIT))
                return 400;
            content = !HAS_ONLY(value, "0");
        }
    }
    if (version[7] == '0' ? codings : !hosts || (codings && lengths)) // nobody knows where such a request ends
        return 400;
    if (content || codings)
        return 413;
    while (known < sizeof METHODS / sizeof *METHODS && strcmp(method, METHODS[known]) != 0)
        known++;
    if (known > 1)
        return known < sizeof METHODS / sizeof *METHODS ? 405 : 501;
    int whole = strncasecmp(*target, "http://", 7) == 0; // RFC 9112, 3.2.2: a whole address must be understood, too
    size_t host = whole ? strcspn(*target + 7, "/?") : 0;
    if ((whole ? host == 0 : **target != '/') || !HAS_ONLY(*target, HOST "/?@"))
        return 400;
    *target += whole ? 7 + host : 0;
    return 200;
}
