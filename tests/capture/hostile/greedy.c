/* Asks for a terabyte at once and uses it without a look at the answer. */
#include <stdlib.h>

int main(void)
{
    char *all = malloc(1UL << 43);
    all[0] = 1;
    return 0;
}
