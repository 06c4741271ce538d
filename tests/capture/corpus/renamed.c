/* Open files keep their inode, not their name: renamed, replaced, linked twice, moved with their folder, removed. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void)
{
    mkdir("one", 0755);
    int dir = open("one", O_RDONLY | O_DIRECTORY);
    int a = openat(dir, "a", O_RDWR | O_CREAT, 0600), again = open("one/a", O_RDONLY), shared = dup(a);
    int b = creat("one/b", 0600), fifo = (mkfifo("one/fifo", 0600), open("one/fifo", O_RDWR));
    rename("one/a", "one/c");
    link("one/c", "one/link");
    int linked = open("./one//link", O_RDONLY);
    unlink("one/c");
    renameat(dir, "link", dir, "a");
    renameat2(dir, "a", AT_FDCWD, "one/b", RENAME_EXCHANGE);
    symlink("one", "way");
    rename("way/b", "way/../one/d/");
    rename("way/b", "way/../one/d");
    close(a);
    close(again);
    close(shared);
    if (fork() == 0) {
        rename("one", "two");
        _exit(0);
    }
    wait(NULL);
    rename("two/a", "two/d");
    unlink("two/fifo");
    unlinkat(dir, "d", 0);
    unlink("two/none");
    rename("way", "dangling");
    rmdir("two");
    unlink("dangling");
    char x;
    return read(b, &x, 1) + read(linked, &x, 1) + close(fifo) + close(dir);
}
