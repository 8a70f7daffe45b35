/* A stand-in for CUDA's driver that shows two GPUs: just what the server asks before it starts workers for them. */
#include <string.h>

int cuInit(unsigned int flags) { return flags == 0 ? 0 : 1; }

int cuDeviceGetCount(int *count) {
    *count = 2;
    return 0;
}

int cuDeviceGet(int *device, int number) {
    *device = number;
    return number < 2 ? 0 : 101;
}

int cuDeviceGetAttribute(int *value, int attribute, int device) {
    (void)device;
    *value = attribute == 75 ? 9 : 0;
    return 0;
}

int cuDeviceGetUuid(char *uuid, int device) {
    memset(uuid, device + 1, 16);
    return 0;
}
