/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * write and ioctl: return_const, one number whatever is asked; ioctl: zero.
 * Called through hl_model_types; all under engine->lock.
 */
#include "models.h"

struct return_const {
    struct hl_model model;
    int64_t val;
};

static void init_ioctl(lua_State *L, int args, struct hl_model *model)
{
    struct return_const *self = (struct return_const *)model;

    self->val = hl_model_arg_integer(L, args, "val", 0);
}

/* Penguin calls it `const` here, and without a default. */
static void init_write(lua_State *L, int args, struct hl_model *model)
{
    struct return_const *self = (struct return_const *)model;
    bool is_const = hl_model_arg(L, args, "const") != LUA_TNIL;
    bool is_val = hl_model_arg(L, args, "val") != LUA_TNIL;

    if (is_const == is_val) {
        hl_model_raise(L, "const: an integer is expected, %s",
                       is_val ? "and val is the same: one of them"
                       : "not nil");
    }
    self->val = hl_model_arg_integer(L, args, is_const ? "const" : "val", 0);
    lua_pop(L, 2);
}

static void answer(struct hl_model *model, struct hl_file_request *request)
{
    request->retval = ((struct return_const *)model)->val;
}

static const char *const ioctl_keys[] = { "val", NULL };
static const char *const write_keys[] = { "const", "val", NULL };

const struct hl_model_type hl_model_ioctl_return_const = {
    .name = "return_const", .op = HYP_IOCTL, .keys = ioctl_keys,
    .init = init_ioctl, .size = sizeof(struct return_const),
    .answer = answer,
};

const struct hl_model_type hl_model_ioctl_zero = {
    .name = "zero", .op = HYP_IOCTL, .keys = hl_model_no_keys,
    .init = hl_model_init_nothing, .size = sizeof(struct return_const),
    .answer = answer,
};

const struct hl_model_type hl_model_write_return_const = {
    .name = "return_const", .op = HYP_WRITE, .keys = write_keys,
    .init = init_write, .size = sizeof(struct return_const),
    .answer = answer,
};
