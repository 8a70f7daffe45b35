package io.nereid.backend.worker.message;

import io.nereid.inference.DataType;
import io.nereid.inference.Shape;

/** A tensor as a worker sends it; no dimension is negative, the rest is not checked. */
public record WireTensor(String name, DataType dataType, Shape shape, Location location) {
    /** The same elements in another shape. */
    public WireTensor withShape(Shape other) {
        return new WireTensor(name, dataType, other, location);
    }

    /** Whether the data is as long as elements of a fixed size are; elements of other sizes are not looked at. */
    public boolean hasFittingLength() {
        if (!dataType.isFixedSize()) {
            return true;
        }
        try {
            return Math.multiplyExact(shape.elementCount(), dataType.byteSize()) == location.length();
        } catch (ArithmeticException _) {
            return false;
        }
    }
}
