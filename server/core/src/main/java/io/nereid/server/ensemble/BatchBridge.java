package io.nereid.server.ensemble;

import io.nereid.inference.Shape;

/**
 * Where a tensor goes between a model that batches and one that does not: a batch dimension of 1 is put in front or
 * taken away (docs/compatibility.md, "Ensembles"). Immutable.
 *
 * @param dims the receiver's dimensions, without a batch dimension
 * @param batches whether the receiver's shapes begin with a batch dimension
 */
record BatchBridge(Shape dims, boolean batches) {
    /** The shape as the receiver takes it; the same one where there is nothing to bridge, right or wrong. */
    Shape fit(Shape shape) {
        if (batches) {
            return dims.accepts(shape) ? shape.prepend(1) : shape;
        }
        boolean surplus = shape.rank() == dims.rank() + 1 && shape.dim(0) == 1;
        return surplus && dims.accepts(shape.tail()) ? shape.tail() : shape;
    }
}
