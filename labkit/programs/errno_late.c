/* Wrong: asks for the reason too late. The remove in between has a reason of its own. */
#include <stdio.h>

int main(void)
{
    FILE *notes = fopen("notes", "w");  // step: open
    if (notes == NULL) {
        remove("notes.lock");           // step: tidy up
        perror("notes");                // step: why
        return 1;
    }
    return fclose(notes) == EOF;
}
