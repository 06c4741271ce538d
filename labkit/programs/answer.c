/* Reads standard input and answers on standard output, in capitals. */
#include <ctype.h>
#include <stdio.h>
#include <unistd.h>

int main(void)
{
    char text[64];
    ssize_t got;
    while ((got = read(STDIN_FILENO, text, sizeof text)) > 0) {     // step: read
        for (ssize_t i = 0; i < got; i++)
            text[i] = toupper((unsigned char)text[i]);
        if (write(STDOUT_FILENO, text, got) != got) {               // step: write
            perror("write");
            return 1;
        }
    }
    if (got < 0) {
        perror("read");
        return 1;
    }
    return 0;
}
