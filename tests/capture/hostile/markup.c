#include <stdio.h>

int main(void)
{
    printf("<script>document.title = 'owned'</script><img src=x onerror=alert(1)>\n");
    printf("\x1b[2J\x1b[31mred\x1b]0;title\a &amp; \xe2\x80\xae backwards\n");
    return 0;
}
