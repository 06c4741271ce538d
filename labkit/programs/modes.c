/* One program, three modes of buffering: line, full or none, as the argument says. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

int main(int argc, char *argv[])
{
    const char *wanted = argc > 1 ? argv[1] : "full";
    int mode = strcmp(wanted, "line") == 0 ? _IOLBF
             : strcmp(wanted, "none") == 0 ? _IONBF : _IOFBF;
    if (setvbuf(stdout, NULL, mode, BUFSIZ) != 0) // step: setvbuf
        return 1;
    printf("one ");    // step: one
    sleep(1);
    printf("two\nth"); // step: two
    sleep(1);
    printf("ree\n");   // step: three
    return 0;
}
