/* What the compiler says of the layout of FILE. */
#include <stddef.h>
#include <stdio.h>

#define SAY(field) printf("%s %zu\n", #field, offsetof(FILE, field))

int main(void)
{
    SAY(_flags);
    SAY(_IO_read_ptr);
    SAY(_IO_read_end);
    SAY(_IO_read_base);
    SAY(_IO_write_base);
    SAY(_IO_write_ptr);
    SAY(_IO_write_end);
    SAY(_IO_buf_base);
    SAY(_IO_buf_end);
    SAY(_chain);
    SAY(_fileno);
    printf("sizeof %zu\n", sizeof(FILE));
    return 0;
}
