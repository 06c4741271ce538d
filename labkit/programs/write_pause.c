/* The same two halves, handed to the kernel with write(2). */
#include <string.h>
#include <unistd.h>

static int put(const char *text)
{
    size_t length = strlen(text);
    return write(STDOUT_FILENO, text, length) == (ssize_t)length;
}

int main(void)
{
    if (!put("Beginning of line ")) // step: first half
        return 1;
    sleep(1); // step: pause
    return !put("and end of line\n"); // step: second half
}
