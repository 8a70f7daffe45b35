package io.nereid.backend.onnxruntime.binding;

/** ONNX Runtime's description of a kind of memory: the host's, or that of a GPU. Any thread may read it. */
public final class OrtMemoryInfo extends NativeObject {
    OrtMemoryInfo(OrtApi api, long address) {
        super(api, OrtFunction.RELEASE_MEMORY_INFO, address);
    }
}
