// SPDX-License-Identifier: Apache-2.0
/** True for two types that are the same to the compiler. */
export type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
