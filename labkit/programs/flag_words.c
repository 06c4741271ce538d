/* Opens a file to read, and a log to add to. Which flags does the kernel get? */
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

int main(void)
{
    int letters = open("letters", O_RDONLY | O_CLOEXEC);            // step: letters
    if (letters < 0) {
        perror("letters");
        return 1;
    }
    int log = open("log", O_WRONLY | O_CREAT | O_APPEND, 0666);     // step: log
    if (log < 0) {
        perror("log");
        return 1;
    }
    return close(letters) < 0 || close(log) < 0;
}
