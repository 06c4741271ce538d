/* Says of its own streams, with stdio_ext(3) and the fields of FILE, what a reader of its memory must find. */
#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <stdio_ext.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <wchar.h>

static int truth;

static int hex(char *to, const char *from, const char *end)
{
    int n = 0;
    for (; from < end; from++)
        n += sprintf(to + n, "%02x", (unsigned char)*from);
    return n;
}

/* One line about `file`; the write is the moment at which it is true. */
static void tell(FILE *file, const char *name, const char *buffering)
{
    static char line[70000];
    int n = sprintf(line, "{\"address\": %lu, \"fd\": %d, \"name\": \"%s\", \"buffering\": \"%s\", \"buffer\": %zu, ",
                    (unsigned long)file, file->_fileno, name, buffering, __fbufsize(file));
    n += sprintf(line + n, "\"line\": %d, \"reading\": %d, \"writing\": %d, \"fpending\": %zu, ",
                 __flbf(file) != 0, __freading(file) != 0, __fwriting(file) != 0, __fpending(file));
    n += sprintf(line + n, "\"eof\": %d, \"error\": %d, \"consumed\": %ld, \"pending\": \"", feof(file) != 0,
                 ferror(file) != 0, (long)(file->_IO_read_ptr - file->_IO_read_base));
    n += hex(line + n, file->_IO_write_base, file->_IO_write_ptr);
    n += sprintf(line + n, "\", \"readahead\": \"");
    n += hex(line + n, file->_IO_read_ptr, file->_IO_read_end);
    n += sprintf(line + n, "\"}\n");
    write(truth, line, n);
}

int main(int argc, char **argv)
{
    (void)argc;
    char text[100], own[777];
    truth = fcntl(open("truth", O_WRONLY | O_CREAT | O_TRUNC, 0600), F_DUPFD, 99);
    const char *decided = argv[1]; /* what stdout must turn out to be */

    tell(stdin, "stdin", "");
    tell(stdout, "stdout", "");
    tell(stderr, "stderr", "none");
    printf("pending");
    tell(stdout, "stdout", decided);
    printf(" and\nmore");
    tell(stdout, "stdout", decided);
    fflush(stdout);
    tell(stdout, "stdout", decided);
    fprintf(stderr, "at once\n");
    tell(stderr, "stderr", "none");

    FILE *file = fopen("data", "w+");
    tell(file, "", "");
    for (int i = 0; i < 5000; i++)
        fputc('a' + i % 26, file);
    tell(file, "", "full");
    rewind(file);
    tell(file, "", "full");
    fgets(text, 7, file);
    tell(file, "", "full");
    for (int i = 0; i < 4500; i++)
        fgetc(file);
    tell(file, "", "full");
    while (fgetc(file) != EOF)
        ;
    tell(file, "", "full");
    fseek(file, 0, SEEK_END);
    fputs("tail", file);
    tell(file, "", "full");
    fclose(file);

    file = fopen("data", "a");
    setvbuf(file, own, _IOFBF, sizeof own);
    fputs("appended", file);
    tell(file, "", "full");
    freopen("data", "r", file);
    tell(file, "", "");
    fgetc(file);
    ungetc('?', file);
    tell(file, "", "full");
    fgetc(file);
    fgetc(file);
    tell(file, "", "full");
    fclose(file);

    file = fopen("/dev/full", "w");
    setvbuf(file, NULL, _IONBF, 0);
    fputs("refused", file);
    tell(file, "", "none");
    fclose(file);
    file = fopen("/dev/full", "w");
    fputs("refused later", file);
    fflush(file);
    tell(file, "", "full");
    fclose(file);

    file = fdopen(dup(1), "w");
    setvbuf(file, NULL, _IOLBF, 0);
    tell(file, "", "line");
    fputs("no end of line", file);
    tell(file, "", "line");
    fputs(", end\nrest", file);
    tell(file, "", "line");
    fclose(file);

    file = fmemopen(own, sizeof own, "w");
    fputs("memory", file);
    tell(file, "", "full");
    fclose(file);
    file = popen("cat > /dev/null", "w");
    fputs("piped", file);
    tell(file, "", "full");
    pclose(file);
    file = tmpfile();
    fwrite(argv, sizeof *argv, 2, file);
    tell(file, "", "full");
    fclose(file);
    return 0;
}
