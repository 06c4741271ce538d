#include <stdio.h>

int main(void)
{
    printf("a semicolon is missing")
    return 0;
}
