/* printf, then write, then printf: which bytes leave first? */
#include <stdio.h>
#include <unistd.h>

int main(void)
{
    printf("printf, ");                           // step: printf
    if (write(STDOUT_FILENO, "write, ", 7) != 7)  // step: write
        return 1;
    printf("printf again\n");                     // step: printf again
    return 0;
}
