package io.nereid.backend.onnxruntime;

import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.inference.Shape;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;

/**
 * Whether inputs of a model may have empty dimensions. Some of ONNX Runtime's kernels divide by the size of a
 * dimension, or read behind its end: on an empty one they end the process, and one client would end the server for all.
 *
 * <p>The lists are what an experiment has shown ({@code interop/empty_dimensions.py}, ONNX Runtime 1.29.0, on the CPU).
 * It ends in: Attention without heads, DFT, LpNormalization and TopK (SIGFPE); ConvTranspose without length (SIGSEGV);
 * GRU in any dimension, LSTM in the batch, Unique along an axis and ai.onnx.ml.FeatureVectorizer (SIGABRT). Operators
 * that are in neither list, as those of other domains, are taken to be of that kind.
 *
 * <p>Immutable and thread-safe.
 */
final class EmptyDimensions {
    /** The parameter of a configuration with which whoever has made sure of it allows them. */
    static final String PARAMETER = "allow_empty_dimensions";

    /** Operators that have run with every dimension empty and answered, with a result or an error. */
    private static final Set<String> HARMLESS = Set.of("""
            Abs Acos Acosh Add AffineGrid And ArgMax ArgMin Asin Asinh Atan Atanh AveragePool BatchNormalization
            Bernoulli BitCast BitShift BitwiseAnd BitwiseNot BitwiseOr BitwiseXor BlackmanWindow Cast CastLike
            Ceil Celu CenterCropPad Clip Col2Im Compress Concat ConcatFromSequence Constant ConstantOfShape Conv
            ConvInteger Cos Cosh CumProd CumSum DeformConv DepthToSpace DequantizeLinear Det Div Dropout
            DynamicQuantizeLinear Einsum Elu Equal Erf Exp Expand EyeLike Flatten Floor Gather GatherElements
            GatherND Gelu Gemm GlobalAveragePool GlobalLpPool GlobalMaxPool Greater GreaterOrEqual GridSample
            GroupNormalization HammingWindow HannWindow HardSigmoid HardSwish Hardmax Identity If
            InstanceNormalization IsInf IsNaN LRN LayerNormalization LeakyRelu Less LessOrEqual Log LogSoftmax
            Loop LpPool MatMul MatMulInteger Max MaxPool MaxRoiPool MaxUnpool Mean MeanVarianceNormalization
            MelWeightMatrix Min Mish Mod Mul Multinomial Neg NegativeLogLikelihoodLoss NonMaxSuppression NonZero
            Not OneHot Optional OptionalGetElement OptionalHasElement Or PRelu Pad Pow QLinearConv QLinearMatMul
            QuantizeLinear RMSNormalization RNN RandomNormalLike RandomUniformLike Range Reciprocal ReduceL1
            ReduceL2 ReduceLogSum ReduceLogSumExp ReduceMax ReduceMean ReduceMin ReduceProd ReduceSum
            ReduceSumSquare RegexFullMatch Relu Reshape Resize ReverseSequence RoiAlign RotaryEmbedding Round
            STFT Scan Scatter ScatterElements ScatterND Selu SequenceAt SequenceConstruct SequenceErase
            SequenceInsert SequenceLength Shape Shrink Sigmoid Sign Sin Sinh Size Slice Softmax
            SoftmaxCrossEntropyLoss Softplus Softsign SpaceToDepth Split SplitToSequence Sqrt Squeeze
            StringConcat StringNormalizer StringSplit Sub Sum Swish Tan Tanh TensorScatter TfIdfVectorizer
            ThresholdedRelu Tile Transpose Trilu Unsqueeze Upsample Where Xor ai.onnx.ml.ArrayFeatureExtractor
            ai.onnx.ml.Binarizer ai.onnx.ml.CategoryMapper ai.onnx.ml.Imputer ai.onnx.ml.LabelEncoder
            ai.onnx.ml.LinearClassifier ai.onnx.ml.LinearRegressor ai.onnx.ml.Normalizer
            ai.onnx.ml.OneHotEncoder ai.onnx.ml.SVMClassifier ai.onnx.ml.SVMRegressor ai.onnx.ml.Scaler
            ai.onnx.ml.TreeEnsemble ai.onnx.ml.TreeEnsembleClassifier ai.onnx.ml.TreeEnsembleRegressor
            ai.onnx.ml.ZipMap
            """.strip().split("\\s+"));
    private static final String LSTM = "LSTM";
    private static final int BATCH_OF_LSTM = 1;

    private static final EmptyDimensions ALLOWED = new EmptyDimensions("", Set.of());

    /** What in the model does not bear them; empty if all does. */
    private final String obstacle;
    /** Inputs that may be empty all the same, in each dimension but the batch of the LSTM that reads them. */
    private final Set<String> sequences;

    private EmptyDimensions(String obstacle, Set<String> sequences) {
        this.obstacle = obstacle;
        this.sequences = Set.copyOf(sequences);
    }

    /** All may be empty. */
    static EmptyDimensions allowed() {
        return ALLOWED;
    }

    /** What the model in that file bears. Blocks. */
    static EmptyDimensions of(Path file) {
        ModelOperators operators;
        try {
            operators = ModelOperators.read(file);
        } catch (IOException e) {
            return new EmptyDimensions("what operators it has cannot be read", Set.of());
        }
        Set<String> others = new TreeSet<>(operators.names());
        others.removeAll(HARMLESS);
        if (others.isEmpty()) {
            return ALLOWED;
        }
        boolean sequencesOnly = others.equals(Set.of(LSTM));
        return new EmptyDimensions("the model has " + (others.size() == 1 ? "operator " : "operators ")
                + String.join(", ", others), sequencesOnly ? operators.sequenceInputs() : Set.of());
    }

    /**
     * Fails for a shape without elements that an operator of the model may not bear.
     *
     * @param input the input's name
     * @param shape its shape in the model, of which a dimension is empty
     * @throws InferenceException INVALID_ARG
     */
    void check(String input, Shape shape) throws InferenceException {
        if (obstacle.isEmpty() || (sequences.contains(input) && shape.rank() > BATCH_OF_LSTM
                && shape.dim(BATCH_OF_LSTM) > 0)) {
            return;
        }
        throw new InferenceException(ErrorCode.INVALID_ARG, "input '" + input + "': got shape " + shape
                + ", but no dimension may be empty: " + obstacle + ", of which ONNX Runtime may end the process on one"
                + " (the model's parameter " + PARAMETER + " allows them)");
    }
}
