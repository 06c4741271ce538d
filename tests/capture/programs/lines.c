#include <stdio.h>
#include <unistd.h>

static int twice(int n)
{
    int result = n + n;
    return result;
}

int main(void)
{
    int sum = 0;
    printf("begin ");
    for (int i = 0; i < 3; i++)
        sum += twice(i);
    if (write(2, "x", 1) != 1)
        return 1;
    for (int i = 0; i < 1000; i++)
        sum += i;
    write(2, "y", 1);
    printf("%d\n", sum);
    return 0;
}
