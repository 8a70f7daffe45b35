package io.nereid.backend.onnxruntime.binding;

/**
 * Places of the functions used in ONNX Runtime's function table. The table only ever grows at its end, so these numbers
 * hold for every release since {@link #API_VERSION}.
 */
final class OrtFunction {
    /** The oldest version of the table that has all of them: ONNX Runtime 1.15. */
    static final int API_VERSION = 15;

    /** How long the table is at least, in functions. */
    static final int TABLE_LENGTH = 253;

    /** The release, 1.24, from which on the table reaches to {@link #TENSOR_TYPE_AND_SHAPE_HAS_SHAPE}. */
    static final int HAS_SHAPE_RELEASE = 24;

    static final int GET_ERROR_CODE = 1;
    static final int GET_ERROR_MESSAGE = 2;
    static final int CREATE_ENV_WITH_CUSTOM_LOGGER = 4;
    static final int CREATE_SESSION = 7;
    static final int RUN = 9;
    static final int CREATE_SESSION_OPTIONS = 10;
    static final int SET_SESSION_EXECUTION_MODE = 13;
    static final int ENABLE_MEM_PATTERN = 16;
    static final int DISABLE_MEM_PATTERN = 17;
    static final int ENABLE_CPU_MEM_ARENA = 18;
    static final int DISABLE_CPU_MEM_ARENA = 19;
    static final int SET_SESSION_LOG_ID = 20;
    static final int SET_SESSION_GRAPH_OPTIMIZATION_LEVEL = 23;
    static final int SET_INTRA_OP_NUM_THREADS = 24;
    static final int SET_INTER_OP_NUM_THREADS = 25;
    static final int SESSION_GET_INPUT_COUNT = 30;
    static final int SESSION_GET_OUTPUT_COUNT = 31;
    static final int SESSION_GET_OVERRIDABLE_INITIALIZER_COUNT = 32;
    static final int SESSION_GET_INPUT_TYPE_INFO = 33;
    static final int SESSION_GET_OUTPUT_TYPE_INFO = 34;
    static final int SESSION_GET_OVERRIDABLE_INITIALIZER_TYPE_INFO = 35;
    static final int SESSION_GET_INPUT_NAME = 36;
    static final int SESSION_GET_OUTPUT_NAME = 37;
    static final int SESSION_GET_OVERRIDABLE_INITIALIZER_NAME = 38;
    static final int CREATE_RUN_OPTIONS = 39;
    static final int RUN_OPTIONS_SET_RUN_LOG_SEVERITY_LEVEL = 41;
    static final int RUN_OPTIONS_SET_TERMINATE = 46;
    static final int RUN_OPTIONS_UNSET_TERMINATE = 47;
    static final int CREATE_TENSOR_AS_ORT_VALUE = 48;
    static final int CREATE_TENSOR_WITH_DATA_AS_ORT_VALUE = 49;
    static final int IS_TENSOR = 50;
    static final int GET_TENSOR_MUTABLE_DATA = 51;
    static final int GET_STRING_TENSOR_DATA_LENGTH = 53;
    static final int GET_STRING_TENSOR_CONTENT = 54;
    static final int CAST_TYPE_INFO_TO_TENSOR_INFO = 55;
    static final int GET_ONNX_TYPE_FROM_TYPE_INFO = 56;
    static final int GET_TENSOR_ELEMENT_TYPE = 60;
    static final int GET_DIMENSIONS_COUNT = 61;
    static final int GET_DIMENSIONS = 62;
    static final int GET_SYMBOLIC_DIMENSIONS = 63;
    static final int GET_TENSOR_TYPE_AND_SHAPE = 65;
    static final int CREATE_MEMORY_INFO = 68;
    static final int CREATE_CPU_MEMORY_INFO = 69;
    static final int MEMORY_INFO_GET_NAME = 71;
    static final int ALLOCATOR_ALLOC = 75;
    static final int ALLOCATOR_FREE = 76;
    static final int GET_ALLOCATOR_WITH_DEFAULT_OPTIONS = 78;
    static final int RELEASE_ENV = 92;
    static final int RELEASE_STATUS = 93;
    static final int RELEASE_MEMORY_INFO = 94;
    static final int RELEASE_SESSION = 95;
    static final int RELEASE_VALUE = 96;
    static final int RELEASE_RUN_OPTIONS = 97;
    static final int RELEASE_TYPE_INFO = 98;
    static final int RELEASE_TENSOR_TYPE_AND_SHAPE_INFO = 99;
    static final int RELEASE_SESSION_OPTIONS = 100;
    static final int CAST_TYPE_INFO_TO_MAP_TYPE_INFO = 103;
    static final int CAST_TYPE_INFO_TO_SEQUENCE_TYPE_INFO = 104;
    static final int GET_MAP_KEY_TYPE = 105;
    static final int GET_MAP_VALUE_TYPE = 106;
    static final int GET_SEQUENCE_ELEMENT_TYPE = 107;
    static final int DISABLE_PER_SESSION_THREADS = 120;
    static final int CREATE_THREADING_OPTIONS = 121;
    static final int RELEASE_THREADING_OPTIONS = 122;
    static final int GET_AVAILABLE_PROVIDERS = 125;
    static final int RELEASE_AVAILABLE_PROVIDERS = 126;
    static final int ADD_SESSION_CONFIG_ENTRY = 130;
    static final int CREATE_ALLOCATOR = 131;
    static final int RELEASE_ALLOCATOR = 132;
    static final int RUN_WITH_BINDING = 133;
    static final int CREATE_IO_BINDING = 134;
    static final int RELEASE_IO_BINDING = 135;
    static final int BIND_INPUT = 136;
    static final int BIND_OUTPUT = 137;
    static final int BIND_OUTPUT_TO_DEVICE = 138;
    static final int GET_BOUND_OUTPUT_VALUES = 140;
    static final int CLEAR_BOUND_INPUTS = 141;
    static final int CLEAR_BOUND_OUTPUTS = 142;
    static final int SET_GLOBAL_INTRA_OP_NUM_THREADS = 147;
    static final int SET_GLOBAL_INTER_OP_NUM_THREADS = 148;
    static final int CREATE_ENV_WITH_CUSTOM_LOGGER_AND_GLOBAL_THREAD_POOLS = 151;
    static final int ADD_RUN_CONFIG_ENTRY = 165;
    static final int APPEND_TENSORRT_V2 = 170;
    static final int CREATE_TENSORRT_PROVIDER_OPTIONS = 171;
    static final int UPDATE_TENSORRT_PROVIDER_OPTIONS = 172;
    static final int RELEASE_TENSORRT_PROVIDER_OPTIONS = 174;
    static final int APPEND_CUDA_V2 = 204;
    static final int CREATE_CUDA_PROVIDER_OPTIONS = 205;
    static final int UPDATE_CUDA_PROVIDER_OPTIONS = 206;
    static final int RELEASE_CUDA_PROVIDER_OPTIONS = 208;
    static final int APPEND_EXECUTION_PROVIDER = 216;
    static final int REGISTER_CUSTOM_OPS_LIBRARY_V2 = 228;
    static final int GET_RESIZED_STRING_TENSOR_ELEMENT_BUFFER = 252;
    static final int GET_KEY_VALUE = 297;
    static final int RELEASE_KEY_VALUE_PAIRS = 300;
    static final int ALLOCATOR_GET_STATS = 319;
    static final int SESSION_GET_MEMORY_INFO_FOR_INPUTS = 380;
    static final int SESSION_GET_MEMORY_INFO_FOR_OUTPUTS = 381;
    static final int TENSOR_TYPE_AND_SHAPE_HAS_SHAPE = 390;

    private OrtFunction() {}
}
