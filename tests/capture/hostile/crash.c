#include <stdio.h>

int main(void)
{
    int *volatile nowhere = NULL;
    printf("before");
    return *nowhere;
}
