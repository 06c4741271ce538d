/* Reads a name from stdin, greets on stdout, complains on stderr. It opens nothing: all three are there. */
#include <stdio.h>
#include <string.h>

int main(void)
{
    char name[40];
    if (fgets(name, sizeof name, stdin) == NULL) {          // step: read
        fprintf(stderr, "greet: nobody is there\n");        // step: complain
        return 1;
    }
    name[strcspn(name, "\n")] = '\0';
    return printf("Hello, %s!\n", name) < 0;                // step: greet
}
