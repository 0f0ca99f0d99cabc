//! A stand-in for NVIDIA's library that says what a script has it say; `tests/nvml.rs` builds it, for each script anew. With `cfg(few)` it lacks most
//! functions, as a library of another version does.
//!
//! A line of the script, `KEY: VALUE; VALUE; …`, is what one function answers: the first value at its first call, and so on; the last one at all later
//! calls. KEY is the function's name after `nvml` or `nvmlDeviceGet`, with its argument where it has one (`ClockInfo 1`), and with the card's number where
//! cards differ (`Name@1`). A value is what the function hands out, `!15` (the code with which it fails) or `wait` (it never returns). Of two lines for a
//! key the later one holds; a function without any is not supported.

#![allow(non_snake_case)]
#![cfg_attr(few, allow(unused))]

use std::collections::BTreeMap;
use std::ffi::{CStr, c_char};
use std::str::FromStr;
use std::sync::{Mutex, PoisonError};

const SCRIPT: &str = include_str!(env!("NVML_SCRIPT"));

const SUCCESS: u32 = 0;
const NOT_SUPPORTED: u32 = 3;
const NOT_FOUND: u32 = 6;
const INSUFFICIENT_SIZE: u32 = 7;
const UNKNOWN: u32 = 999;

/// How often each line was asked for.
static CALLS: Mutex<BTreeMap<&str, usize>> = Mutex::new(BTreeMap::new());

/// A card's handle, which is its number.
type Card = usize;

fn line(key: &str) -> Option<(&'static str, &'static str)> {
    SCRIPT.lines().rev().filter_map(|line| line.trim().split_once(": ")).find(|(name, _)| *name == key)
}

/// What the script has `card` say to `key`; otherwise the code of the failure.
fn answer(card: Card, key: &str) -> Result<&'static str, u32> {
    let (name, values) = line(&format!("{key}@{card}")).or_else(|| line(key)).ok_or(NOT_SUPPORTED)?;
    let call = {
        let mut calls = CALLS.lock().unwrap_or_else(PoisonError::into_inner);
        let count = calls.entry(name).or_default();
        *count += 1;
        *count
    };
    let value = values.split("; ").take(call).last().unwrap_or_default();
    if value == "wait" {
        loop {
            std::thread::park();
        }
    }
    value.strip_prefix('!').map_or(Ok(value), |code| Err(code.parse().unwrap_or(UNKNOWN)))
}

/// The same as numbers, which are as many as the script has.
fn numbers<T: FromStr>(card: Card, key: &str) -> Result<Vec<T>, u32> {
    answer(card, key)?.split(' ').map(|word| word.parse().map_err(|_| UNKNOWN)).collect()
}

fn number<T: FromStr>(card: Card, key: &str) -> Result<T, u32> {
    numbers(card, key)?.pop().ok_or(UNKNOWN)
}

fn pair(card: Card, key: &str) -> Result<[u32; 2], u32> {
    numbers(card, key)?.try_into().map_err(|_| UNKNOWN)
}

/// The first card for which `is_it` holds.
fn card(is_it: impl Fn(Card) -> bool) -> Result<Card, u32> {
    (0..number(0, "Count_v2")?).find(|card| is_it(*card)).ok_or(NOT_FOUND)
}

/// The numbers of a PCI address, which may be written in several ways.
fn place(address: &str) -> Vec<u32> {
    address.split([':', '.']).map(|part| u32::from_str_radix(part, 16).unwrap_or(u32::MAX)).collect()
}

unsafe fn text<'a>(text: *const c_char) -> &'a str {
    unsafe { CStr::from_ptr(text) }.to_str().unwrap_or_default()
}

fn key(function: &str) -> &str {
    function.strip_prefix("nvmlDeviceGet").or_else(|| function.strip_prefix("nvml")).unwrap_or(function)
}

unsafe fn put<T>(value: Result<T, u32>, out: *mut T) -> u32 {
    match value {
        Ok(value) => {
            unsafe { out.write(value) };
            SUCCESS
        }
        Err(code) => code,
    }
}

unsafe fn put_text(value: Result<&str, u32>, out: *mut c_char, room: u32) -> u32 {
    match value {
        Ok(text) if text.len() < room as usize => {
            unsafe {
                out.copy_from_nonoverlapping(text.as_ptr().cast(), text.len());
                out.add(text.len()).write(0);
            }
            SUCCESS
        }
        Ok(_) => INSUFFICIENT_SIZE,
        Err(code) => code,
    }
}

macro_rules! functions {
    ($($name:ident($($input:ident: $of:ty),*; $($out:ident: $to:ty),*) $body:expr;)*) => {$(
        /// # Safety
        ///
        /// As in nvml.h: each pointer is one to room for what the function hands out.
        #[unsafe(no_mangle)]
        pub unsafe extern "C" fn $name($($input: $of,)* $($out: $to),*) -> u32 {
            #[allow(unused_unsafe)]
            unsafe { $body }
        }
    )*};
}

/// Functions that hand out one number, or two beside each other, of a card.
macro_rules! values {
    ($what:ident, $to:ty: $($name:ident)*) => {
        functions! {$( $name(card: Card; out: *mut $to) put($what(card, key(stringify!($name))), out); )*}
    };
}

/// Functions that hand out a number of a card's clock, fan or sensor.
macro_rules! values_of {
    ($($name:ident)*) => {
        functions! {$(
            $name(card: Card, which: u32; out: *mut u32) {
                put(number(card, &format!("{} {which}", key(stringify!($name)))), out)
            };
        )*}
    };
}

/// Functions that hand out two numbers of a card at two places.
macro_rules! values_apart {
    ($($name:ident)*) => {
        functions! {$(
            $name(card: Card; one: *mut u32, other: *mut u32) {
                match pair(card, key(stringify!($name))) {
                    Ok([a, b]) => put(Ok(a), one) | put(Ok(b), other),
                    Err(code) => code,
                }
            };
        )*}
    };
}

functions! {
    nvmlInit_v2(;) number::<u32>(0, "Init_v2").err().unwrap_or(SUCCESS);
    nvmlDeviceGetHandleByPciBusId_v2(asked: *const c_char; out: *mut Card) {
        let asked = place(text(asked));
        put(card(|card| answer(card, "Address").is_ok_and(|own| place(own) == asked)), out)
    };
}
values_of! { nvmlDeviceGetClockInfo nvmlDeviceGetTemperature }

#[cfg(not(few))]
mod most {
    use super::*;

    /// `nvmlPciInfo_t`
    #[repr(C)]
    pub struct Pci {
        legacy: [c_char; 16],
        place: [u32; 3],
        ids: u32,
        board: u32,
        address: [c_char; 32],
    }

    /// `nvmlMemory_v2_t`
    #[repr(C)]
    pub struct Memory {
        version: u32,
        total: u64,
        reserved: u64,
        free: u64,
        used: u64,
    }

    /// `nvmlFieldValue_t`, whose value is a number of 32 bits here.
    #[repr(C)]
    pub struct Field {
        id: u32,
        scope: u32,
        timestamp: i64,
        latency: i64,
        kind: u32,
        result: u32,
        value: u32,
        _rest: u32,
    }

    /// `nvmlProcessInfo_v2_t`
    #[repr(C)]
    pub struct Process {
        pid: u32,
        memory: u64,
        parts: [u32; 2],
    }

    unsafe fn pci(card: Card, out: *mut Pci) -> u32 {
        let [Ok(address), Ok(ids)] = [answer(card, "Address"), answer(card, "Ids")] else { return NOT_SUPPORTED };
        unsafe {
            (*out).ids = u32::from_str_radix(ids, 16).unwrap_or_default();
            put_text(Ok(address), (&raw mut (*out).address).cast(), 32)
        }
    }

    unsafe fn memory(card: Card, out: *mut Memory) -> u32 {
        match numbers::<u64>(card, "MemoryInfo_v2").as_deref() {
            Ok([total, used]) => unsafe {
                ((*out).total, (*out).used, (*out).free) = (*total, *used, total - used);
                SUCCESS
            },
            Ok(_) => UNKNOWN,
            Err(code) => *code,
        }
    }

    unsafe fn fields(card: Card, count: u32, fields: *mut Field) -> u32 {
        for field in unsafe { std::slice::from_raw_parts_mut(fields, count as usize) } {
            let value = number(card, &format!("FieldValues {}", field.id));
            field.kind = 1;
            field.result = unsafe { put(value, &raw mut field.value) };
        }
        SUCCESS
    }

    unsafe fn processes(pids: Result<Vec<u32>, u32>, room: *mut u32, out: *mut Process) -> u32 {
        let pids = match pids {
            Ok(pids) => pids,
            Err(code) => return code,
        };
        let count = pids.len() as u32;
        if unsafe { room.replace(count) } < count {
            return INSUFFICIENT_SIZE;
        }
        for (i, pid) in pids.into_iter().enumerate() {
            unsafe { out.add(i).write(Process { pid, memory: 0, parts: [u32::MAX; 2] }) };
        }
        SUCCESS
    }

    functions! {
        nvmlShutdown(;) SUCCESS;
        nvmlDeviceGetCount_v2(; out: *mut u32) put(number(0, "Count_v2"), out);
        nvmlDeviceGetHandleByIndex_v2(index: u32; out: *mut Card) put(Ok(index as Card), out);
        nvmlSystemGetNVMLVersion(; out: *mut c_char, room: u32) put_text(answer(0, "SystemGetNVMLVersion"), out, room);
        nvmlSystemGetDriverVersion(; out: *mut c_char, room: u32) {
            put_text(answer(0, "SystemGetDriverVersion"), out, room)
        };
        nvmlDeviceGetHandleByUUID(asked: *const c_char; out: *mut Card) {
            let asked = text(asked);
            put(card(|card| answer(card, "UUID").is_ok_and(|own| own == asked)), out)
        };
        nvmlDeviceGetName(card: Card; out: *mut c_char, room: u32) put_text(answer(card, "Name"), out, room);
        nvmlDeviceGetPciInfo_v3(card: Card; out: *mut Pci) pci(card, out);
        nvmlDeviceGetMemoryInfo_v2(card: Card; out: *mut Memory) memory(card, out);
        nvmlDeviceGetFieldValues(card: Card, count: u32; out: *mut Field) fields(card, count, out);
        nvmlDeviceGetComputeRunningProcesses_v3(card: Card; room: *mut u32, out: *mut Process) {
            processes(numbers(card, "ComputeRunningProcesses_v3"), room, out)
        };
        nvmlDeviceGetGraphicsRunningProcesses_v3(card: Card; room: *mut u32, out: *mut Process) {
            processes(numbers(card, "GraphicsRunningProcesses_v3"), room, out)
        };
    }
    values! { number, u32:
        nvmlDeviceGetPowerUsage nvmlDeviceGetEnforcedPowerLimit nvmlDeviceGetPowerManagementDefaultLimit
        nvmlDeviceGetCurrPcieLinkGeneration nvmlDeviceGetCurrPcieLinkWidth
        nvmlDeviceGetMaxPcieLinkGeneration nvmlDeviceGetMaxPcieLinkWidth
        nvmlDeviceGetNumFans nvmlDeviceGetPersistenceMode
    }
    values! { number, u64: nvmlDeviceGetTotalEnergyConsumption nvmlDeviceGetCurrentClocksThrottleReasons }
    values! { pair, [u32; 2]: nvmlDeviceGetUtilizationRates }
    values_of! { nvmlDeviceGetMaxClockInfo nvmlDeviceGetFanSpeed_v2 }
    values_apart! { nvmlDeviceGetMigMode nvmlDeviceGetEccMode nvmlDeviceGetCudaComputeCapability }
}
