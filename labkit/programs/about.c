/* What the kernel keeps of a file besides its bytes. */
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

int main(int argc, char *argv[])
{
    struct stat about;
    if (argc < 2 || stat(argv[1], &about) < 0)
        return perror("stat"), 1;
    mode_t mode = about.st_mode;
    printf("kind: %s\n", S_ISREG(mode) ? "file" : S_ISDIR(mode) ? "directory" : "other");
    printf("permissions: %04o\n", (unsigned)mode & 07777);
    printf("owner: %s\n", about.st_uid == geteuid() ? "who runs this program" : "somebody else");
    printf("size in bytes: %lld\n", (long long)about.st_size);
    printf("names: %lu\n", (unsigned long)about.st_nlink);
    return 0;
}
