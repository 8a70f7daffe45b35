package io.nereid.backend.onnxruntime;

import io.nereid.backend.onnxruntime.binding.TensorSignature;
import io.nereid.inference.DataType;
import org.jspecify.annotations.Nullable;

import java.util.Arrays;
import java.util.stream.Collectors;

/** Says why an input or an output of a model cannot be served: what it is, what it ought to be, and what to do. */
final class UnsupportedType {
    private static final String SUPPORTED = Arrays.stream(DataType.values()).map(DataType::name)
            .collect(Collectors.joining(", "));

    private UnsupportedType() {}

    /**
     * The reason, or null where there is none.
     *
     * @param kind {@code input} or {@code output}
     */
    static @Nullable String of(String kind, TensorSignature signature) {
        String what = kind + " '" + signature.name() + "'";
        if (!signature.isTensor()) {
            return what + " is " + signature.otherType() + " (expected a tensor): " + advice(kind, signature);
        }
        return signature.dataType() != null ? null
                : "unsupported datatype " + signature.elementTypeName() + " of " + what + " (expected one of "
                        + SUPPORTED
                        + "): put a Cast into the model" + orLeaveOut(kind);
    }

    private static String advice(String kind, TensorSignature signature) {
        boolean zipMap = signature.otherType().startsWith("a sequence of maps");
        return (zipMap ? "export the model without its ZipMap, with skl2onnx by options={'zipmap': False}"
                : "export the model with a tensor in its place") + orLeaveOut(kind);
    }

    private static String orLeaveOut(String kind) {
        return kind.equals("output") ? ", or list only the model's other outputs in config.pbtxt" : "";
    }
}
