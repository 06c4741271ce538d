/* Seven keys are typed at a terminal, two of them to correct. What does read get: a line, or each key? */
#include <pty.h>
#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

int main(int argc, char *argv[])
{
    struct termios mode;
    char keys[16];
    int keyboard, terminal;
    if (openpty(&keyboard, &terminal, NULL, NULL, NULL) < 0 || tcgetattr(terminal, &mode) < 0) {
        perror("openpty");
        return 1;
    }
    if (argc > 1 && strcmp(argv[1], "raw") == 0) {
        mode.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
        if (tcsetattr(terminal, TCSANOW, &mode) < 0) {
            perror("tcsetattr");
            return 1;
        }
    }
    if (write(keyboard, "ab\177c\nde", 7) != 7)
        return 1;
    ssize_t got = read(terminal, keys, sizeof keys);
    if (got < 0) {
        perror("read");
        return 1;
    }
    printf("%zd bytes:", got);
    for (ssize_t i = 0; i < got; i++)
        printf(" %02x", (unsigned char)keys[i]);
    printf("\n");
    return close(terminal) < 0 || close(keyboard) < 0;
}
