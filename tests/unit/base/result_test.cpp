#include "base/result.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <variant>

namespace callctl::base {
namespace {

using std::chrono::milliseconds;

Result<std::string> found() {
    return std::string{"here"};
}

Result<std::string> missing() {
    return fail(ErrorKind::not_found, "no such thing", milliseconds{250});
}

TEST(Result, HoldsAValue) {
    auto result = found();
    EXPECT_TRUE(result.has_value());
    EXPECT_TRUE(static_cast<bool>(result));
    EXPECT_EQ(result.value(), "here");
    EXPECT_EQ(*result, "here");
    EXPECT_EQ(result->size(), 4U);
    *result = "there";
    result->push_back('!');
    EXPECT_EQ(std::as_const(result).value(), "there!");
    EXPECT_EQ(*std::as_const(result), "there!");
    EXPECT_EQ(std::as_const(result)->size(), 6U);
}

TEST(Result, HoldsAnError) {
    const auto result = missing();
    EXPECT_FALSE(result.has_value());
    EXPECT_FALSE(static_cast<bool>(result));
    EXPECT_EQ(result.error().kind, ErrorKind::not_found);
    EXPECT_EQ(result.error().message, "no such thing");
    EXPECT_EQ(result.error().retry_after, milliseconds{250});
}

TEST(Result, ErrorNeedsNoWait) {
    const Result<int> result = fail(ErrorKind::rejected, "no");
    EXPECT_EQ(result.error().retry_after, std::nullopt);
}

TEST(Result, GivesTheFallbackOnlyForAnError) {
    EXPECT_EQ(found().value_or("nothing"), "here");
    EXPECT_EQ(missing().value_or("nothing"), "nothing");
    const auto result = missing();
    EXPECT_EQ(result.value_or("nothing"), "nothing");
    const Result<int> number = 0;
    EXPECT_EQ(number.value_or(7), 0);
}

TEST(Result, MovesWhatCannotBeCopied) {
    using Box = std::unique_ptr<int>;
    const auto make = []() -> Result<Box> { return std::make_unique<int>(7); };
    EXPECT_EQ(*make().value(), 7);
    EXPECT_EQ(**make(), 7);
    EXPECT_EQ(*make().value_or(nullptr), 7);
    Result<Box> result = make();
    const Box taken = *std::move(result);
    EXPECT_EQ(*taken, 7);
    Result<Box> failed = fail(ErrorKind::transient, "later");
    EXPECT_EQ(std::move(failed).value_or(nullptr), nullptr);
}

TEST(Result, TellsValueFromErrorOfTheSameType) {
    const Result<std::string, std::string> good = std::string{"text"};
    const Result<std::string, std::string> bad = fail(std::string{"text"});
    EXPECT_TRUE(good.has_value());
    EXPECT_FALSE(bad.has_value());
    EXPECT_EQ(bad.error(), "text");
}

TEST(Result, TakesAnErrorFromAnLvalue) {
    const std::string error = "kept";
    const Result<int, std::string> result = fail(error);
    EXPECT_EQ(result.error(), "kept");
    EXPECT_EQ(error, "kept");
}

TEST(Result, AValueThatIsFalseIsAValue) {
    const Result<bool> result = false;
    EXPECT_TRUE(result.has_value());
    EXPECT_FALSE(*result);
}

TEST(Result, OfNothingIsSuccessUnlessItFails) {
    const Result<void> good;
    EXPECT_TRUE(good.has_value());
    EXPECT_TRUE(static_cast<bool>(good));
    const Result<void> bad = fail(ErrorKind::conflict, "taken");
    EXPECT_FALSE(bad.has_value());
    EXPECT_FALSE(static_cast<bool>(bad));
    EXPECT_EQ(bad.error().kind, ErrorKind::conflict);
    EXPECT_EQ(bad.error().message, "taken");
}

TEST(Result, HandsAnErrorOnToAnotherType) {
    const auto outer = []() -> Result<void> {
        const auto inner = missing();
        return fail(inner.error());
    };
    EXPECT_EQ(outer().error().message, "no such thing");
}

TEST(Result, NeverGivesOutWhatItDoesNotHold) {
    EXPECT_THROW(static_cast<void>(missing().value()), std::bad_variant_access);
    EXPECT_THROW(static_cast<void>(found().error()), std::bad_variant_access);
    EXPECT_THROW(static_cast<void>(Result<void>{}.error()), std::bad_optional_access);
}

} // namespace
} // namespace callctl::base
