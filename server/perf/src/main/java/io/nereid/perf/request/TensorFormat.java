package io.nereid.perf.request;

/** How tensors are written over HTTP. */
public enum TensorFormat {
    /** Behind the JSON, as bytes: the extension {@code binary_tensor_data}. */
    BINARY,
    /** In the JSON, as every server of the protocol reads and writes them. */
    JSON
}
