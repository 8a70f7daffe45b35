package io.nereid.inference;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class ShapeTest {
    @Test
    void elementCount_scalar_isOne() {
        assertThat(Shape.SCALAR.elementCount()).isEqualTo(1);
        assertThat(Shape.of()).isSameAs(Shape.SCALAR);
    }

    @Test
    void elementCount_ofDimensions_isTheirProduct() {
        assertThat(Shape.of(2, 3, 224, 224).elementCount()).isEqualTo(2L * 3 * 224 * 224);
    }

    @Test
    void elementCount_anyZero_isZeroEvenBesideHugeDimensions() {
        assertThat(Shape.of(Long.MAX_VALUE, Long.MAX_VALUE, 0).elementCount()).isZero();
        assertThat(Shape.of(0, Long.MAX_VALUE, 4).elementCount()).isZero();
    }

    @Test
    void elementCount_overflow_throws() {
        assertThatThrownBy(() -> Shape.of(1L << 32, 1L << 31).elementCount()).isInstanceOf(ArithmeticException.class);
        assertThat(Shape.of(1L << 31, 1L << 31).elementCount()).isEqualTo(1L << 62);
    }

    @Test
    void elementCount_negativeDimension_throwsEvenBesideZero() {
        assertThatThrownBy(() -> Shape.of(0, -1).elementCount()).isInstanceOf(ArithmeticException.class)
                .hasMessageContaining("[0,-1]");
    }

    @Test
    void of_changedArray_keepsItsOwn() {
        long[] dims = {2, 3};
        Shape shape = Shape.of(dims);
        dims[0] = 9;
        shape.toArray()[1] = 9;
        assertThat(shape).isEqualTo(Shape.of(2, 3)).hasSameHashCodeAs(Shape.of(2, 3));
    }

    @Test
    void accepts_any_fitsEverySizeOfThatDimensionOnly() {
        Shape model = Shape.of(Shape.ANY, 16);
        assertThat(model.accepts(Shape.of(0, 16))).isTrue();
        assertThat(model.accepts(Shape.of(7, 16))).isTrue();
        assertThat(model.accepts(Shape.of(7, 8))).isFalse();
        assertThat(model.accepts(Shape.of(16))).isFalse();
        assertThat(model.accepts(Shape.of(7, 16, 1))).isFalse();
    }

    @Test
    void prependTailWithFirst_changeTheOutermostDimension() {
        assertThat(Shape.of(3, 4).prepend(-1)).isEqualTo(Shape.of(-1, 3, 4));
        assertThat(Shape.of(3, 4).tail()).isEqualTo(Shape.of(4));
        assertThat(Shape.of(3).tail()).isSameAs(Shape.SCALAR);
        assertThat(Shape.of(3, 4).withFirst(8)).isEqualTo(Shape.of(8, 4));
        assertThat(Shape.SCALAR.prepend(5)).isEqualTo(Shape.of(5));
    }

    @Test
    void toString_hasNoSpaces() {
        assertThat(Shape.of(-1, 3, 224)).hasToString("[-1,3,224]");
        assertThat(Shape.SCALAR).hasToString("[]");
    }
}
