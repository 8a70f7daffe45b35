package io.nereid.server;

/** The configurations of decoupled models, for tests. */
public final class DecoupledModels {
    /** A model of the {@code repeat} backend. */
    public static final String REPEAT = """
            backend: "repeat" max_batch_size: 0
            model_transaction_policy { decoupled: true }
            input { name: "IN" data_type: TYPE_INT32 dims: [ -1 ] }
            input { name: "DELAY" data_type: TYPE_UINT32 dims: [ -1 ] }
            input { name: "WAIT" data_type: TYPE_UINT32 dims: [ 1 ] }
            output { name: "OUT" data_type: TYPE_INT32 dims: [ 1 ] }
            output { name: "IDX" data_type: TYPE_UINT32 dims: [ 1 ] }
            """;
    /** A model of the {@code square} backend. */
    public static final String SQUARE = """
            backend: "square" max_batch_size: 0
            model_transaction_policy { decoupled: true }
            input { name: "IN" data_type: TYPE_INT32 dims: [ 1 ] }
            output { name: "OUT" data_type: TYPE_INT32 dims: [ 1 ] }
            """;

    private DecoupledModels() {}
}
