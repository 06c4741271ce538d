/* Adds the numbers 1 to 1,000 and prints the sum. How often does it need the kernel? */
#include <stdio.h>

int main(void)
{
    long sum = 0;
    for (int i = 1; i <= 1000; i++)
        sum += i;                                         // step: add
    return printf("%ld\n", sum) < 0 || fflush(stdout) != 0; // step: print
}
