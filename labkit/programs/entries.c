/* A directory, read entry by entry. */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>

int main(void)
{
    DIR *here = opendir(".");                      // step: opendir
    if (here == NULL)
        return 1;
    struct dirent *entry;
    while (errno = 0, (entry = readdir(here)) != NULL) // step: readdir
        if (printf("%s\n", entry->d_name) < 0)
            return 1;
    if (errno != 0)
        return 1;
    return closedir(here) < 0;
}
