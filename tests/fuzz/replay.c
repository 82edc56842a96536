/*
 * The main() of the fuzzers where libFuzzer's is not linked: each file named is one input. What a
 * fuzzer has found stays in its corpus, which is run so by every test run.
 */
#include <stdint.h>
#include <stdio.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int main(int argc, char **argv)
{
    static uint8_t bytes[1 << 20];

    for (int i = 1; i < argc; i++) {
        FILE *stream = fopen(argv[i], "r");
        size_t size;

        if (!stream) {
            perror(argv[i]);
            return 1;
        }
        size = fread(bytes, 1, sizeof(bytes), stream);
        (void)fclose(stream);
        (void)LLVMFuzzerTestOneInput(bytes, size);
    }
    printf("%d inputs, no complaint\n", argc - 1);
    return 0;
}
