/* 3,000 bytes, a pause, and again: a buffer that is full empties itself. */
#include <stdio.h>
#include <unistd.h>

int main(void)
{
    for (int round = 0; round < 2; round++) {
        for (int i = 0; i < 300; i++)
            printf("ten bytes\n"); // step: print
        sleep(1);                  // step: pause
    }
    return 0;                      // step: end
}
