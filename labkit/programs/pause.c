/* Half a line, a pause, the other half: when does each half leave the program? */
#include <stdio.h>
#include <unistd.h>

int main(void)
{
    printf("Beginning of line "); // step: first half
    sleep(1);                     // step: pause
    printf("and end of line\n");  // step: second half
    return 0;                     // step: end
}
