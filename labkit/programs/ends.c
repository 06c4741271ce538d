/* Bytes in the buffer, and five ways to end. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int main(int argc, char *argv[])
{
    const char *how = argc > 1 ? argv[1] : "return";
    printf("still in the buffer"); // step: print
    if (strcmp(how, "exit") == 0)
        exit(0);                   // step: exit
    if (strcmp(how, "_exit") == 0)
        _exit(0);                  // step: _exit
    if (strcmp(how, "abort") == 0)
        abort();                   // step: abort
    if (strcmp(how, "kill") == 0)
        raise(SIGKILL);            // step: kill
    return 0;                      // step: return
}
