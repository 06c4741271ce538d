/* Calls most of stdio once, from lines, callbacks, handlers and exit handlers that a test tells apart. */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static void fill(FILE *out, int depth)
{
    char block[3000];
    memset(block, 'a' + depth, sizeof block);
    if (depth > 0) {
        fill(out, depth - 1);
        fwrite(block, 1, 100, out);
        return;
    }
    for (int i = 0; i < 5; i++)
        fwrite(block, 1, sizeof block, out);
}

static int by_value(const void *a, const void *b)
{
    write(1, "?", 1);
    return *(const int *)a - *(const int *)b;
}

static void on_signal(int number)
{
    (void)number;
    write(1, "signal\n", 7);
}

static void at_exit(void)
{
    write(1, "at exit\n", 8);
}

__attribute__((constructor)) static void before_main(void)
{
    write(1, "before main\n", 12);
}

__attribute__((noinline)) static long copy(FILE *in, FILE *out)
{
    long count = 0;
    int c;
    while ((c = fgetc(in)) != EOF) {
        fputc(c, out);
        count++;
    }
    return count;
}

int main(void)
{
    char text[256];
    int values[] = {4, 2, 3, 1};
    atexit(at_exit);
    FILE *out = fopen("tour.txt", "w+");
    if (!out)
        return 1;
    for (int i = 0; i < 9000; i++)
        putc('a' + i % 26, out);
    fprintf(out, "%d %s %f\n", 42, "words", 3.14);
    fill(out, 6);
    fflush(out);
    fputs("tail", out);
    rewind(out);
    fgets(text, sizeof text, out);
    fseek(out, 100, SEEK_SET);
    fscanf(out, "%79s", text);
    ungetc('x', out);
    fclose(out);
    FILE *in = fopen("tour.txt", "r");
    out = fopen("copy.txt", "w");
    setvbuf(out, NULL, _IOFBF, 1000);
    printf("copied %ld\n", copy(in, out));
    freopen("copy.txt", "a", in);
    fclose(in);
    fclose(out);
    puts("sorted");
    qsort(values, 4, sizeof values[0], by_value);
    setvbuf(stdout, NULL, _IOLBF, 0);
    printf("line buffered\n");
    fflush(stdout);
    fprintf(stderr, "unbuffered %d\n", 7);
    perror("perror");
    signal(SIGUSR1, on_signal);
    raise(SIGUSR1);
    kill(getpid(), SIGUSR1);
    system("exit 3");
    FILE *pipe = popen("cat > /dev/null", "w");
    fprintf(pipe, "down the pipe");
    pclose(pipe);
    sleep(0);
    usleep(1);
    int fd = open("tour.txt", O_RDONLY | O_CLOEXEC);
    lseek(fd, 10, SEEK_SET);
    read(fd, text, 10);
    pread(fd, text, 10, 5);
    dup2(fd, 20);
    close(fd);
    if (fork() == 0) {
        write(1, "child\n", 6);
        _exit(0);
    }
    wait(NULL);
    remove("tour.txt");
    rename("copy.txt", "other.txt");
    unlink("other.txt");
    printf("left in the buffer");
    return 0;
}
