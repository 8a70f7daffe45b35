/* A stand-in for CUDA's driver on a machine that has none: it is there, and shows no GPU. What the CUDA provider needs to be
   loaded; docs/gpu.md, step "libraries". */
int cuInit(unsigned int flags) {
    (void)flags;
    return 100; /* CUDA_ERROR_NO_DEVICE */
}

int cuDriverGetVersion(int *version) {
    *version = 13000;
    return 0;
}

int cuTensorMapEncodeTiled(void) { return 100; }
