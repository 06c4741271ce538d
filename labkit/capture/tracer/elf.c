/* Finds one symbol in an ELF file (elf(5)); remembers the answer for each file, so that a file is read once a recording. */
#include "tracer.h"
#include <elf.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

struct answer { dev_t dev; ino_t ino; bool dynamic; uint64_t value, first_load; bool interpreted; struct answer *next; };
static struct answer *answers;

/* Is [at, at + size) inside the file? A damaged or hostile file is simply one without the symbol. */
static bool inside(uint64_t at, uint64_t size, size_t length) { return at <= length && size <= length - at; }

static uint64_t search(const unsigned char *file, size_t length, const char *name, bool dynamic, struct answer *answer)
{
    const Elf64_Ehdr *header = (const void *)file;
    if (length < sizeof *header || memcmp(file, ELFMAG, SELFMAG) != 0 || file[EI_CLASS] != ELFCLASS64) return 0;
    if (!inside(header->e_phoff, (uint64_t)header->e_phnum * sizeof(Elf64_Phdr), length)) return 0;
    const Elf64_Phdr *program = (const void *)(file + header->e_phoff);
    bool have_load = false;
    for (int i = 0; i < header->e_phnum; i++) {
        if (program[i].p_type == PT_INTERP) answer->interpreted = true;
        if (program[i].p_type == PT_LOAD && !have_load) { have_load = true; answer->first_load = program[i].p_vaddr & ~(uint64_t)4095; }
    }
    if (!inside(header->e_shoff, (uint64_t)header->e_shnum * sizeof(Elf64_Shdr), length)) return 0;
    const Elf64_Shdr *section = (const void *)(file + header->e_shoff);
    for (int i = 0; i < header->e_shnum; i++) {
        if (section[i].sh_type != (dynamic ? SHT_DYNSYM : SHT_SYMTAB) || section[i].sh_link >= header->e_shnum) continue;
        const Elf64_Shdr *names = &section[section[i].sh_link];
        if (!inside(section[i].sh_offset, section[i].sh_size, length) || !inside(names->sh_offset, names->sh_size, length)) continue;
        const Elf64_Sym *symbol = (const void *)(file + section[i].sh_offset);
        for (uint64_t k = 0; k < section[i].sh_size / sizeof *symbol; k++) {
            if (!symbol[k].st_value || !inside(symbol[k].st_name, strlen(name) + 1, names->sh_size)) continue;
            if (strcmp((const char *)file + names->sh_offset + symbol[k].st_name, name) == 0) return symbol[k].st_value;
        }
    }
    return 0;
}

/* The symbol's address as linked, 0 if there is none; *first_load is where the first segment was linked to. */
uint64_t elf_symbol(const char *path, const char *name, bool dynamic, uint64_t *first_load, bool *interpreted)
{
    struct stat st;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &st) < 0) { if (fd >= 0) close(fd); return 0; }
    struct answer *answer = answers;
    while (answer && !(answer->dev == st.st_dev && answer->ino == st.st_ino && answer->dynamic == dynamic)) answer = answer->next;
    if (!answer) {
        if (!(answer = calloc(1, sizeof *answer))) die("memory for a symbol");
        *answer = (struct answer){ st.st_dev, st.st_ino, dynamic, 0, 0, false, answers };
        answers = answer;
        void *file = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
        if (file != MAP_FAILED) {
            answer->value = search(file, (size_t)st.st_size, name, dynamic, answer);
            munmap(file, (size_t)st.st_size);
        }
    }
    close(fd);
    *first_load = answer->first_load;
    *interpreted = answer->interpreted;
    return answer->value;
}
